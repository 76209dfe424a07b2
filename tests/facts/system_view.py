# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the facts of a system are read from, and how they are told: names for ids.

An independent reader: boto3 alone, and nothing of the collection's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import ClientError
from policies import Reach, listed
from vpc_view import View, VpcView

REGION = "ap-northeast-2"
ANYWHERE = "0.0.0.0/0"
STACK_TAG = "groundwork:stack"


class Fact(NamedTuple):
    says: str
    wanted: Any
    found: Any


def held(says: str, facts: Iterable[Fact]) -> Iterator[Fact]:
    """The facts of one thing; where it is not there, or cannot be read, one fact that says so takes the place of the rest."""
    try:
        yield from facts
    except (LookupError, ValueError, ClientError) as missing:
        yield Fact(says, "it stands, and may be read", f"{type(missing).__name__}: {missing}")


def told(facts: Iterable[Fact]) -> int:
    """Print each fact, one a line, and how many do not hold: the exit status."""
    found = list(facts)
    for fact in found:
        holds = fact.wanted == fact.found
        print(f"holds  {fact.says}" if holds else f"FAILS  {fact.says}\n         wanted {fact.wanted}\n         found  {fact.found}")
    failed = sum(fact.wanted != fact.found for fact in found)
    print(f"{len(found)} facts, {failed} of them do not hold" if failed else f"{len(found)} facts, all of them hold")
    return 1 if failed else 0


class System:
    """What every system has: a network, doors, rights. Raises LookupError where what is asked for by name is not there."""

    def __init__(self, vpc: str) -> None:
        self.vpc = VpcView(self.client("ec2"), vpc)
        self.network = self.vpc.view()
        self.account: str = self.client("sts").get_caller_identity()["Account"]

    @staticmethod
    @cache
    def client(service: str) -> Any:
        return boto3.client(service, region_name=REGION)

    def all(self, service: str, operation: str, field: str, **asked: Any) -> list[Any]:
        """Every page of what an operation answers."""
        pages = self.client(service).get_paginator(operation).paginate(**asked)
        return [one for page in pages for one in page[field]]

    def through(self, gateways: Iterable[str]) -> set[str]:
        """The subnets, by name, whose way to the internet is one of these."""
        tables = self.network["route_tables"].values()
        return {subnet for table in tables if table["routes"].get(ANYWHERE) in set(gateways) for subnet in table["subnets"]}

    @cached_property
    def public(self) -> set[str]:
        return self.through(self.network["internet_gateways"])

    @cached_property
    def private(self) -> set[str]:
        return self.through(self.network["nat_gateways"])

    def names(self, identifiers: Iterable[str]) -> list[str]:
        """The names of subnets and security groups."""
        return sorted(map(self.vpc.name, identifiers))

    @cached_property
    def balancers(self) -> dict[str, View]:
        return Named("load balancer", self.all("elbv2", "describe_load_balancers", "LoadBalancers"), "LoadBalancerName")

    @cached_property
    def target_groups(self) -> dict[str, View]:
        return Named("target group", self.all("elbv2", "describe_target_groups", "TargetGroups"), "TargetGroupName")

    def key(self, identifier: str) -> View:
        return self.client("kms").describe_key(KeyId=identifier)["KeyMetadata"]

    def reach(self, role: str) -> Reach:
        """What a role may do, by its inline policies and those that are attached."""
        iam, named = self.client("iam"), {"RoleName": role}
        inline = [iam.get_role_policy(**named, PolicyName=name)["PolicyDocument"] for name in self.all("iam", "list_role_policies", "PolicyNames", **named)]
        attached = self.all("iam", "list_attached_role_policies", "AttachedPolicies", **named)
        return Reach([*inline, *(self.policy(one["PolicyArn"]) for one in attached)])

    def policy(self, arn: str) -> View:
        """The document of a managed policy's default version."""
        iam = self.client("iam")
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


class Named(dict[str, View]):
    """Things by their names; asked for one that is not there it says what was looked for."""

    def __init__(self, kind: str, found: list[View], field: str) -> None:
        super().__init__({one[field]: one for one in found})
        self.kind = kind

    def __missing__(self, name: str) -> View:
        raise LookupError(f"there is no {self.kind} {name}")


def tags_of(tags: Iterable[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def trusted(document: View) -> list[tuple[str, str]]:
    """Whom a role's trust policy lets assume it: kind and name."""
    allowed = [one["Principal"] for one in listed(document["Statement"]) if one["Effect"] == "Allow"]
    return [(kind, name) for principal in allowed for kind, names in principal.items() for name in listed(names)]
