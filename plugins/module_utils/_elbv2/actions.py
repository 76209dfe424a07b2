# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a listener or a rule does with a request: AWS's list of actions as one dictionary of options, and back. Pure.

The last action answers, and is ours. Those before it (somebody is asked who he is) are kept as they stand.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html

A forward is to one target group, or to several, as those of two colours. How much each of several gets is for deployments to say: the
first gets all when the forward is made, and from then on weights stay as they stand.
"""

from __future__ import annotations

import typing as t

from .._core.plan import Refusal
from .._core.plan import Shape
from .options import chosen

Action = dict[str, t.Any]

#: Our type: AWS's field of its particulars, and the names in there.
CONFIGS: dict[str, tuple[str, dict[str, str]]] = {
    "redirect": (
        "RedirectConfig",
        {"status_code": "StatusCode", "protocol": "Protocol", "host": "Host", "port": "Port", "path": "Path", "query": "Query"},
    ),
    "fixed_response": ("FixedResponseConfig", {"status_code": "StatusCode", "content_type": "ContentType", "message_body": "MessageBody"}),
}
#: The sum of the weights of a forward to several target groups, so that a weight is a percentage.
WHOLE = 100
UNAVAILABLE = {"type": "fixed_response", "status_code": "503", "content_type": "text/plain", "message_body": "Service Unavailable"}


def _ordered(actions: t.Iterable[Action]) -> list[Action]:
    return sorted(actions, key=lambda one: one.get("Order", 0))


def weights(actions: t.Iterable[Action]) -> dict[str, int]:
    """The target groups that the answering action forwards to, each with its weight; none where it does something else."""
    *_first, last = _ordered(actions) or [{}]
    groups = last.get("ForwardConfig", {}).get("TargetGroups") or ([last] if "TargetGroupArn" in last else [])
    return {one["TargetGroupArn"]: one.get("Weight", 1) for one in groups}


def group_of(actions: t.Iterable[Action], wanted: str | None) -> str:
    """The target group of a forward. Weights are moved by deployments: where the wanted one is among several, it is the one."""
    found = weights(actions)
    return wanted if wanted in found else max(found, key=lambda arn: (found[arn], arn))


def groups_of(actions: t.Iterable[Action], wanted: t.Sequence[str]) -> list[str]:
    """All target groups of a forward: those that are wanted in their own order, which says nothing once they stand, and then the others."""
    found = weights(actions)
    return [arn for arn in wanted if arn in found] + sorted(arn for arn in found if arn not in wanted)


def forwarded(actions: t.Iterable[Action], wanted: Shape) -> Shape:
    """Where a forward leads, by the option that ``wanted`` says it by: ``target_group_ids`` or ``target_group_id``."""
    several = wanted.get("target_group_ids")
    return {"target_group_ids": groups_of(actions, several)} if several else {"target_group_id": group_of(actions, wanted.get("target_group_id"))}


def refuse_to_drop(actions: t.Iterable[Action], wanted: t.Sequence[str]) -> None:
    """Refuse to take a target group that requests go to out of a forward to several: only a deployment moves requests."""
    live = [arn for arn, weight in weights(actions).items() if weight and arn not in wanted]
    if live and wanted:
        raise Refusal(f"requests go to {' and '.join(live)}, which is not among {' and '.join(wanted)}; move its weight there first (elbv2_listener_weights)")


def shared(standing: t.Mapping[str, int], wanted: t.Sequence[str]) -> dict[str, int]:
    """The weights of the wanted target groups: as they stand, a new one 0; and where none has any, all to the first."""
    found = {arn: standing.get(arn, 0) for arn in wanted}
    return found if any(found.values()) else {**found, wanted[0]: WHOLE}


def weighted(action: Action, wanted: t.Mapping[str, int]) -> Action:
    """A forward with these weights by target group; what else it says, as stickiness, stays."""
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in wanted.items()]
    kept = {key: value for key, value in action.items() if key != "TargetGroupArn"}
    return {**kept, "Type": "forward", "ForwardConfig": {**action.get("ForwardConfig", {}), "TargetGroups": groups}}


def moved(actions: t.Iterable[Action], wanted: t.Mapping[str, int]) -> list[Action]:
    """The actions, the answering one forwarding by these weights."""
    *first, last = _ordered(actions)
    return [*map(_again, first), weighted(last, wanted)]


def from_actions(actions: t.Iterable[Action], wanted: Shape | None) -> Shape:
    """The answering action, by those of its particulars that are managed."""
    last = _ordered(actions)[-1]
    kind = last["Type"].replace("-", "_")
    if kind == "forward":
        return {"type": kind, **forwarded(actions, wanted or {})}
    field, names = CONFIGS[kind]
    found = {"type": kind, **{ours: last[field][theirs] for ours, theirs in names.items() if last[field].get(theirs) is not None}}
    return chosen(found, wanted) if wanted and wanted["type"] == kind else found


def to_actions(wanted: Shape, standing: t.Iterable[Action] = ()) -> list[Action]:
    """The list that does what is wanted, where ``standing`` stands: what nobody manages stays."""
    *first, last = _ordered(standing) or [{}]
    kind = wanted["type"].replace("_", "-")
    if kind == "forward" and wanted.get("target_group_ids"):
        action: Action = weighted(last if last.get("Type") == kind else {}, shared(weights(standing), wanted["target_group_ids"]))
    elif kind == "forward":
        action = {"Type": kind, "TargetGroupArn": wanted["target_group_id"]}
    else:
        field, names = CONFIGS[wanted["type"]]
        kept = last[field] if last.get("Type") == kind else {}
        action = {"Type": kind, field: {**kept, **{names[key]: value for key, value in wanted.items() if key in names}}}
    return [{**one, "Order": place} for place, one in enumerate([*map(_again, first), action], start=1)]


def without(actions: t.Iterable[Action], target_group: str) -> list[Action] | None:
    """The actions, forwarding to the other target groups only; None where there are no others."""
    others = {arn: weight for arn, weight in weights(actions).items() if arn != target_group}
    return moved(actions, others) if others else None


def _again(action: Action) -> Action:
    """An action as it is written back: AWS does not tell the secret of an identity provider, and keeps it when asked to."""
    if action["Type"] != "authenticate-oidc":
        return action
    return {**action, "AuthenticateOidcConfig": {**action["AuthenticateOidcConfig"], "UseExistingClientSecret": True}}
