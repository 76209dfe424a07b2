# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic Load Balancing: tags are those of something that stands, and end with it."""
from __future__ import annotations

from collections import Counter
from typing import Any

from moto.core.exceptions import ServiceException
from moto.elbv2.models import ELBv2Backend

from ..call import Call
from ..replies import AwsError, Reply
from . import after, before, patch
from .elbv2_load_balancers import elbv2_of

_CODES = {"targetgroup": "TargetGroupNotFound", "loadbalancer": "LoadBalancerNotFound", "listener": "ListenerNotFound", "listener-rule": "RuleNotFound"}


@before("elbv2", "DescribeTags", "AddTags", "RemoveTags", adds="one that does not stand fails the whole call", source="API_DescribeTags: Errors")
def tag_what_stands(call: Call) -> None:
    for arn in call.params["ResourceArns"]:
        try:
            elbv2_of(call)._get_resource_by_arn(arn)
        except ServiceException as error:
            kind = arn.partition("/")[0].rpartition(":")[2]
            raise AwsError(_CODES.get(kind, "LoadBalancerNotFound"), f"One or more resources not found: {arn}") from error


@before("elbv2", "AddTags", "CreateLoadBalancer", "CreateTargetGroup", "CreateListener", "CreateRule", adds="no key twice (DuplicateTagKeys), "
        "none of AWS's own", source="API_AddTags: Errors; API_Tag")  # fmt: skip
def restrict_elbv2_tags(call: Call) -> None:
    keys = [each["Key"] for each in call.params.get("Tags", [])]
    if twice := [key for key, times in Counter(keys).items() if times > 1]:
        raise AwsError("DuplicateTagKeys", f"Tag key was specified more than once: {twice[0]}")
    if own := [key for key in keys if key.lower().startswith("aws:")]:
        raise AwsError("ValidationError", f"Tag keys starting with 'aws:' are reserved for internal use: {own[0]}")


@patch("elbv2", "AddTags", adds="50 tags a resource, not 10: TooManyTags", source="User guide, load-balancer-limits: tags")
def fifty_tags() -> None:
    def add(self: Any, resource_arns: list[str], tags: list[dict[str, str]]) -> None:
        for arn in resource_arns:
            keys = {*self.tagging_service.get_tag_dict_for_resource(arn), *(each["Key"] for each in tags)}
            if len(keys) > 50:
                raise AwsError("TooManyTags", "The maximum number of tags for a resource has been reached.")
            self.tagging_service.tag_resource(arn, tags)

    ELBv2Backend.add_tags = add


@after("elbv2", "DeleteLoadBalancer", "DeleteTargetGroup", "DeleteListener", "DeleteRule", adds="tags end with their resource, and with what "
       "it was part of", source="API_DeleteLoadBalancer, API_DeleteListener")  # fmt: skip
def elbv2_tags_end(call: Call, reply: Reply) -> None:
    backend = elbv2_of(call)
    for arn in list(backend.tagging_service.tags):
        try:
            backend._get_resource_by_arn(arn)
        except ServiceException:
            backend.tagging_service.delete_all_tags_for_resource(arn)
