# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a listener or a rule does with a request: AWS's list of actions as one dictionary of options, and back. Pure.

The last action answers, and is ours. Those before it (somebody is asked who he is) are kept as they stand.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
"""

from __future__ import annotations

import typing as t

from .._core.plan import Shape
from .base import chosen

Action = dict[str, t.Any]

#: Our type: AWS's field of its particulars, and the names in there.
CONFIGS: dict[str, tuple[str, dict[str, str]]] = {
    "redirect": (
        "RedirectConfig",
        {"status_code": "StatusCode", "protocol": "Protocol", "host": "Host", "port": "Port", "path": "Path", "query": "Query"},
    ),
    "fixed_response": ("FixedResponseConfig", {"status_code": "StatusCode", "content_type": "ContentType", "message_body": "MessageBody"}),
}
UNAVAILABLE = {"type": "fixed_response", "status_code": "503", "content_type": "text/plain", "message_body": "Service Unavailable"}


def _ordered(actions: t.Iterable[Action]) -> list[Action]:
    return sorted(actions, key=lambda one: one.get("Order", 0))


def weights(actions: t.Iterable[Action]) -> dict[str, int]:
    """The target groups that the answering action forwards to, each with its weight."""
    last = _ordered(actions)[-1]
    groups = last.get("ForwardConfig", {}).get("TargetGroups") or ([last] if "TargetGroupArn" in last else [])
    return {one["TargetGroupArn"]: one.get("Weight", 1) for one in groups}


def group_of(actions: t.Iterable[Action], wanted: str | None) -> str:
    """The target group of a forward. Weights are moved by deployments: where the wanted one is among several, it is the one."""
    found = weights(actions)
    return wanted if wanted in found else max(found, key=lambda arn: (found[arn], arn))


def from_actions(actions: t.Iterable[Action], wanted: Shape | None) -> Shape:
    """The answering action, by those of its particulars that are managed."""
    last = _ordered(actions)[-1]
    kind = last["Type"].replace("-", "_")
    if kind == "forward":
        return {"type": kind, "target_group_id": group_of(actions, (wanted or {}).get("target_group_id"))}
    field, names = CONFIGS[kind]
    found = {"type": kind, **{ours: last[field][theirs] for ours, theirs in names.items() if last[field].get(theirs) is not None}}
    return chosen(found, wanted) if wanted and wanted["type"] == kind else found


def to_actions(wanted: Shape, standing: t.Iterable[Action] = ()) -> list[Action]:
    """The list that does what is wanted, where ``standing`` stands: what nobody manages stays."""
    *first, last = _ordered(standing) or [{}]
    kind = wanted["type"].replace("_", "-")
    if kind == "forward":
        action: Action = {"Type": kind, "TargetGroupArn": wanted["target_group_id"]}
    else:
        field, names = CONFIGS[wanted["type"]]
        kept = last[field] if last.get("Type") == kind else {}
        action = {"Type": kind, field: {**kept, **{names[key]: value for key, value in wanted.items() if key in names}}}
    return [{**one, "Order": place} for place, one in enumerate([*map(_again, first), action], start=1)]


def without(actions: t.Iterable[Action], target_group: str) -> list[Action] | None:
    """The actions, forwarding to the other target groups only; None where there are no others."""
    *first, last = _ordered(actions)
    others = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights(actions).items() if arn != target_group]
    if not others:
        return None
    config = {**last["ForwardConfig"], "TargetGroups": others}
    return [*map(_again, first), {key: value for key, value in last.items() if key != "TargetGroupArn"} | {"ForwardConfig": config}]


def _again(action: Action) -> Action:
    """An action as it is written back: AWS does not tell the secret of an identity provider, and keeps it when asked to."""
    if action["Type"] != "authenticate-oidc":
        return action
    return {**action, "AuthenticateOidcConfig": {**action["AuthenticateOidcConfig"], "UseExistingClientSecret": True}}
