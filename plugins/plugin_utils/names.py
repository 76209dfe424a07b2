# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names of all things: one pattern, in one place, how each name can be overridden, and what AWS would refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: How a thing is named within its component, by type; the rest is named as its component.
_PATTERNS = {
    "ec2_subnet": "{parent}-{key}",
    "ec2_internet_gateway": "{parent}-igw",
    "ec2_address": "{parent}-eip-{key}",
    "ec2_nat_gateway": "{parent}-nat-{key}",
    "ec2_route_table": "{parent}-rtb-{key}",
    "ec2_vpc_endpoint": "{parent}-vpce-{key}",
    "ec2_network_acl": "{parent}-acl-{key}",
}


def component_name(stack: str, component: str) -> str:
    """The name of what a component is, and the beginning of the names of its parts."""
    return f"{stack}-{component}"


def part_name(parent: str, type_: str, key: str, overrides: Mapping[str, str]) -> str:
    """The name of a part: as overridden for ``type/key`` or for ``type``, or by the pattern."""
    pattern = _PATTERNS.get(type_, "{parent}").format(parent=parent, key=key)
    return str(overrides.get(f"{type_}/{key}") or overrides.get(type_) or pattern)


@dataclass(frozen=True)
class Rule:
    """What AWS takes as a name. ``pattern`` must match the whole of it, ``says`` tells the pattern to people."""

    longest: int
    pattern: str
    says: str
    source: str
    shortest: int = 1

    def complaint(self, name: str) -> str | None:
        """Why AWS would refuse the name; None where it takes it."""
        if not self.shortest <= len(name) <= self.longest:
            return f"'{name}' has {len(name)} characters, and AWS takes {self.shortest} to {self.longest}"
        if not re.fullmatch(self.pattern, name):
            return f"AWS refuses '{name}': {self.says}"
        return None


_API = "https://docs.aws.amazon.com/{}/API_{}.html".format
_EC2, _ELB = "AWSEC2/latest/APIReference", "elasticloadbalancing/latest/APIReference"
_IAM, _RDS = "IAM/latest/APIReference", "AmazonRDS/latest/APIReference"
_ECS, _ECS_TEXT, _ECS_SAYS = "AmazonECS/latest/APIReference", r"[a-zA-Z0-9_-]+", "it may hold letters, digits, underscores and hyphens"
_GROUP_TEXT = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]"
_GROUP_SAYS = "it may hold a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=&;{}!$*"
_TAGGING = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions"
_TAG_TEXT = r"[\w .:/=+\-@]"
_TAG_SAYS = "it may hold letters, digits, spaces and _.:/=+-@, and may not begin with aws:"

#: By type, or by what is named beside a resource. A type is not asked for before the collection keeps it.
RULES = {
    # Ours: it becomes a tag's value, a part of names and descriptions, and of a reference, which a slash would end.
    "component": Rule(128, r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", "it may hold letters, digits and _.-, and begins with a letter or digit", _TAGGING),
    "tag_key": Rule(127, rf"(?i:(?!aws:)){_TAG_TEXT}+", _TAG_SAYS, _TAGGING),
    "tag_value": Rule(256, rf"(?i:(?!aws:)){_TAG_TEXT}*", _TAG_SAYS, _TAGGING, shortest=0),
    # EC2 takes any character in a tag; other services, whose tags the rule above is for, do not.
    "name_tag": Rule(256, r"(?s).+", "", _TAGGING),
    "ec2_security_group": Rule(255, rf"(?!sg-){_GROUP_TEXT}+", f"{_GROUP_SAYS}, and may not begin with sg-", _API(_EC2, "CreateSecurityGroup")),
    "ec2_security_group.description": Rule(255, rf"{_GROUP_TEXT}+", _GROUP_SAYS, _API(_EC2, "CreateSecurityGroup")),
    "ec2_security_group.rule": Rule(255, rf"{_GROUP_TEXT}*", _GROUP_SAYS, _API(_EC2, "IpRange"), shortest=0),
    "elbv2_load_balancer": Rule(
        32,
        r"(?!internal-)(?!-)[a-zA-Z0-9-]+(?<!-)",
        "it may hold letters, digits and hyphens, may not begin or end with a hyphen, and may not begin with internal-",
        _API(_ELB, "CreateLoadBalancer"),
    ),
    "elbv2_target_group": Rule(
        32,
        r"(?!-)[a-zA-Z0-9-]+(?<!-)",
        "it may hold letters, digits and hyphens, and may not begin or end with a hyphen",
        _API(_ELB, "CreateTargetGroup"),
    ),
    "iam_role": Rule(64, r"[a-zA-Z0-9_+=,.@-]+", "it may hold letters, digits and _+=,.@-", _API(_IAM, "CreateRole")),
    "iam_instance_profile": Rule(128, r"[a-zA-Z0-9_+=,.@-]+", "it may hold letters, digits and _+=,.@-", _API(_IAM, "CreateInstanceProfile")),
    "rds_instance": Rule(
        63,
        r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]*(?<!-)",
        "it may hold letters, digits and single hyphens, begins with a letter and does not end with a hyphen",
        _API(_RDS, "CreateDBInstance"),
    ),
    "rds_subnet_group": Rule(
        255,
        r"(?!(?i:default)$)[a-zA-Z][a-zA-Z0-9._ -]*",
        "it may hold letters, digits, spaces and ._-, begins with a letter and is not default",
        _API(_RDS, "CreateDBSubnetGroup"),
    ),
    "s3_bucket": Rule(
        63,
        r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]*[a-z0-9]"
        r"(?<!-s3alias)(?<!--ol-s3)(?<!\.mrap)(?<!--x-s3)(?<!--table-s3)",
        "it may hold a-z, 0-9, single dots and hyphens, begins and ends with a letter or digit, is no address, "
        "and has none of the prefixes and suffixes that S3 keeps for itself",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
        shortest=3,
    ),
    "kms_key": Rule(
        250, r"(?!aws/)[a-zA-Z0-9/_-]+", "it may hold letters, digits and /_-, and may not begin with aws/", _API("kms/latest/APIReference", "CreateAlias")
    ),
    "ec2_launch_template": Rule(128, r"[a-zA-Z0-9().\-/_]+", "it may hold letters, digits and ().-/_", _API(_EC2, "CreateLaunchTemplate"), shortest=3),
    "autoscaling_group": Rule(
        255, r"[!-9;-~]+", "it may hold visible ASCII characters, and no colon", _API("autoscaling/ec2/APIReference", "CreateAutoScalingGroup")
    ),
    "logs_log_group": Rule(
        512,
        r"(?!aws/)[a-zA-Z0-9._/#-]+",
        "it may hold letters, digits and ._/#-, and may not begin with aws/",
        _API("AmazonCloudWatchLogs/latest/APIReference", "CreateLogGroup"),
    ),
    "secretsmanager_secret": Rule(
        512,
        r"[a-zA-Z0-9/_+=.@-]+(?<!-[a-zA-Z0-9]{6})",
        "it may hold letters, digits and /_+=.@-, and may not end with a hyphen and six characters, as the ARNs of secrets do",
        _API("secretsmanager/latest/apireference", "CreateSecret"),
    ),
    "ecr_repository": Rule(
        256,
        r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*",
        "it may hold a-z, 0-9 and single ._-/ between them",
        _API("AmazonECR/latest/APIReference", "CreateRepository"),
        shortest=2,
    ),
    "ecs_cluster": Rule(255, _ECS_TEXT, _ECS_SAYS, _API(_ECS, "CreateCluster")),
    "ecs_task_definition": Rule(255, _ECS_TEXT, _ECS_SAYS, _API(_ECS, "RegisterTaskDefinition")),
    # AWS's 255, less the colour that each of the two services bears at its end.
    "ecs_service": Rule(255 - len("-green"), _ECS_TEXT, _ECS_SAYS, _API(_ECS, "CreateService")),
    "dynamodb_table": Rule(
        255, r"[a-zA-Z0-9_.-]+", "it may hold letters, digits and _.-", _API("amazondynamodb/latest/APIReference", "CreateTable"), shortest=3
    ),
    "codedeploy_application": Rule(
        100, r"[a-zA-Z0-9+=,.@_-]+", "it may hold letters, digits and +=,.@_-", _API("codedeploy/latest/APIReference", "CreateApplication")
    ),
}
