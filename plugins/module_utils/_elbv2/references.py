# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who forwards to a target group, and how they are made to let go of it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._aws import Aws
from .._aws import tag_dict
from .._core.identity import STACK
from .actions import Action
from .actions import to_actions
from .actions import UNAVAILABLE
from .actions import weights
from .actions import without
from .listener import Listener
from .listener_rule import ListenerRule


@dataclass(frozen=True)
class Reference:
    """A listener, by its default action, or a rule that forwards to a target group. ``stack`` is whose it is, if anybody's."""

    id: str
    stack: str | None
    actions: list[Action]
    is_rule: bool


def references(aws: Aws, target_group: str, load_balancers: t.Iterable[str]) -> list[Reference]:
    """Everything in these load balancers that forwards to the target group."""
    found = []
    for load_balancer in load_balancers:
        for listener in Listener.within(aws, load_balancer):
            rules = ListenerRule.within(aws, listener["ListenerArn"])
            found += [_reference(rule, "RuleArn", "Actions") for rule in rules] + [_reference(listener, "ListenerArn", "DefaultActions")]
    return [one for one in found if target_group in weights(one.actions)]


def _reference(raw: dict[str, t.Any], id: str, actions: str) -> Reference:
    return Reference(raw[id], tag_dict(raw["Tags"]).get(STACK), raw[actions], id == "RuleArn")


def release(aws: Aws, reference: Reference, target_group: str) -> None:
    """A rule without another target group goes; a listener, which must do something, says that there is no service."""
    left = without(reference.actions, target_group)
    if reference.is_rule and left is None:
        aws.call("elbv2", "delete_rule", RuleArn=reference.id, settled=("RuleNotFound",))
    elif reference.is_rule:
        aws.call("elbv2", "modify_rule", RuleArn=reference.id, Actions=left, settled=("RuleNotFound",))
    else:
        actions = left or to_actions(UNAVAILABLE, reference.actions)
        aws.call("elbv2", "modify_listener", ListenerArn=reference.id, DefaultActions=actions, settled=("ListenerNotFound",))
