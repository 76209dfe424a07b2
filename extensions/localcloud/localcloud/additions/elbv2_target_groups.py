# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic Load Balancing: target groups, and which load balancer uses one."""
from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeAction, FakeTargetGroup, elbv2_backends

from ..call import Call
from ..dials import within
from ..replies import AwsError
from . import before, patch
from .elbv2_load_balancers import elbv2_of

_HTTP = {
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "stickiness.type": "lb_cookie",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.app_cookie.cookie_name": "",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
}
_REDIRECT = {"Protocol": "#{protocol}", "Port": "#{port}", "Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}


@patch("elbv2", "CreateTargetGroup", adds="of one name there is one: the same settings, the first one again; other ones, "
       "DuplicateTargetGroupName; TooManyTargetGroups", source="API_CreateTargetGroup")  # fmt: skip
def one_of_a_name() -> None:
    first = ELBv2Backend.create_target_group

    def create(self: Any, name: str, **asked: Any) -> Any:
        standing = next((group for group in self.target_groups.values() if group.name == name), None)
        if standing is not None:
            if standing.asked == asked:
                return standing
            text = f"A target group with the same name '{name}' exists, but with different settings"
            raise AwsError("DuplicateTargetGroupName", text)
        within("target_groups", len(self.target_groups), "TooManyTargetGroups", "target groups")
        made = first(self, name, **copy.deepcopy(asked))
        made.asked = asked
        return made

    ELBv2Backend.create_target_group = create


@patch("elbv2", "CreateTargetGroup", "DescribeTargetGroupAttributes", adds="all attributes of one for HTTP", source="API_TargetGroupAttribute")
def all_attributes() -> None:
    first = FakeTargetGroup.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        first(self, *args, **kwargs)
        if self.protocol in ("HTTP", "HTTPS"):
            self.attributes = _HTTP | self.attributes

    FakeTargetGroup.__init__ = init


def actions_of(balancer: Any) -> Iterator[FakeAction]:
    """What the listeners and rules of a load balancer do."""
    for listener in balancer.listeners.values():
        for rule in listener.rules.values():
            yield from rule.actions


@patch("elbv2", "DescribeTargetGroups", adds="LoadBalancerArns: whose listeners and rules forward to it now", source="API_TargetGroup")
def used_by() -> None:
    def balancers(self: Any) -> list[str]:
        backend = elbv2_backends[self.account_id][self.region_name]
        return [
            balancer.arn
            for balancer in backend.load_balancers.values()
            if any(self.arn in backend._get_target_group_arns_from(action.data) for action in actions_of(balancer))
        ]

    # moto appends where a listener or a rule is made, and forgets every other change.
    FakeTargetGroup.load_balancer_arns = property(balancers, lambda self, value: None)


@patch("elbv2", "CreateListener", "ModifyListener", "CreateRule", "ModifyRule", adds="a forward to one target group is told in both ways, "
       "and a redirect with its defaults", source="API_Action, API_RedirectActionConfig")  # fmt: skip
def whole_actions() -> None:
    first = FakeAction.__init__

    def init(self: Any, data: dict[str, Any]) -> None:
        data = copy.deepcopy(data)
        if data.get("Type") == "forward":
            data.setdefault("ForwardConfig", {"TargetGroups": [{"TargetGroupArn": data.get("TargetGroupArn"), "Weight": 1}]})
            groups = data["ForwardConfig"]["TargetGroups"]
            if len(groups) == 1:
                data["TargetGroupArn"] = groups[0]["TargetGroupArn"]
        if data.get("Type") == "redirect":
            data["RedirectConfig"] = _REDIRECT | data.get("RedirectConfig", {})
        first(self, data)

    FakeAction.__init__ = init


@before("elbv2", "CreateListener", "ModifyListener", "CreateRule", "ModifyRule", adds="a target group serves one load balancer: "
        "TargetGroupAssociationLimit", source="API_CreateListener, API_CreateRule: Errors")  # fmt: skip
def serve_one_load_balancer(call: Call) -> None:
    backend = elbv2_of(call)
    actions = [*call.params.get("DefaultActions", []), *call.params.get("Actions", [])]
    for arn in (arn for action in actions for arn in backend._get_target_group_arns_from(action)):
        group = backend.target_groups.get(arn)
        if group and set(group.load_balancer_arns) - {_balancer_of(call)}:
            text = f"The following target groups cannot be associated with more than one load balancer: {arn}"
            raise AwsError("TargetGroupAssociationLimit", text)


def _balancer_of(call: Call) -> str:
    """The ARN of the load balancer that a listener's or a rule's call is about: all three begin alike."""
    arn = next(call.params[key] for key in ("LoadBalancerArn", "RuleArn", "ListenerArn") if key in call.params)
    kind, _slash, rest = arn.partition("/")
    return kind.rpartition(":")[0] + ":loadbalancer/" + "/".join(rest.split("/")[:3])
