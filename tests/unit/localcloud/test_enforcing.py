# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""With `enforce_iam` a user may do what its policies allow, and nothing else."""
from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from localcloud import LocalCloud
from localcloud.iam_actions import all_actions
from localcloud.policies import Asked, allowed

from .conftest import client_of, REGION

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/"


def say(effect: str = "Allow", **parts: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": "ec2:*", "Resource": "*"} | parts}


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return say(Condition={operator: {key: list(values)}})


ASKED = Asked("ec2:CreateTags", TABLE + "shop", {"aws:TagKeys": ["groundwork:stack", "Name"], "aws:RequestTag/Name": ["web"], "aws:PrincipalArn": ["arn:x"]})


@pytest.mark.parametrize(
    ("documents", "verdict"),
    [
        ([], False),
        ([say()], True),
        ([say(), say("Deny", Action="ec2:Create*")], False),
        ([say(Action="EC2:createtags")], True),
        ([say(Action="ec2:CreateTag?")], True),
        ([say(Action="ec2:CreateTag")], False),
        ([say(Resource=TABLE + "groundwork-*")], False),
        ([say(Resource=TABLE + "s*p")], True),
        ([{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}], True),
        ([{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "NotResource": TABLE + "*"}]}], False),
        ([when("StringEquals", "aws:RequestTag/Name", "web", "node")], True),
        ([when("StringEquals", "aws:requesttag/Name", "node")], False),
        ([when("StringEquals", "aws:ResourceTag/Name", "web")], False),
        ([when("StringEqualsIfExists", "aws:ResourceTag/Name", "web")], True),
        ([when("StringNotEquals", "aws:ResourceTag/Name", "web")], True),
        ([when("StringNotLike", "aws:RequestTag/Name", "w*")], False),
        ([when("ForAnyValue:StringLike", "aws:TagKeys", "groundwork:*")], True),
        ([when("ForAllValues:StringLike", "aws:TagKeys", "groundwork:*")], False),
        ([when("ArnNotLike", "aws:PrincipalArn", "arn:*")], False),
        ([when("Null", "aws:ResourceTag/Name", "true")], True),
        ([when("Null", "aws:RequestTag/Name", "true")], False),
    ],
)
def test_a_policy_is_judged_as_aws_does(documents: list[Any], verdict: bool) -> None:
    assert allowed(documents, ASKED) is verdict


def test_a_condition_that_is_not_known_here_is_no_judgement() -> None:
    with pytest.raises(NotImplementedError, match="IpAddress"):
        allowed([when("IpAddress", "aws:PrincipalArn", "10.0.0.0/8")], ASKED)


@pytest.mark.parametrize(
    ("service", "operation", "fields", "actions"),
    [
        ("s3", "ListObjectsV2", ["Bucket"], ["s3:ListBucket"]),
        ("s3", "HeadBucket", ["Bucket"], ["s3:ListBucket"]),
        ("elbv2", "CreateLoadBalancer", ["Name", "Tags"], ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:AddTags"]),
        ("elbv2", "CreateLoadBalancer", ["Name"], ["elasticloadbalancing:CreateLoadBalancer"]),
        ("iam", "AddRoleToInstanceProfile", ["RoleName"], ["iam:AddRoleToInstanceProfile", "iam:PassRole"]),
        ("resourcegroupstaggingapi", "GetResources", [], ["tag:GetResources"]),
    ],
)
def test_an_operation_asks_for_its_actions(service: str, operation: str, fields: list[str], actions: list[str]) -> None:
    assert list(all_actions(service, operation, fields)) == actions


class User:
    """A user with one policy, and clients with its key."""

    def __init__(self, cloud: LocalCloud, *statements: dict[str, Any]):
        iam = client_of(cloud.endpoint, "iam")
        iam.create_user(UserName="deployer")
        iam.put_user_policy(UserName="deployer", PolicyName="rights", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
        self.key = iam.create_access_key(UserName="deployer")["AccessKey"]
        self.endpoint = cloud.endpoint
        cloud.dials.enforce_iam = True

    def client(self, service: str, **key: str) -> Any:
        keys = {"aws_access_key_id": self.key["AccessKeyId"], "aws_secret_access_key": self.key["SecretAccessKey"]} | key
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, config=Config(retries={"total_max_attempts": 1}), **keys)


def code_of(refused: Any) -> str:
    return refused.value.response["Error"]["Code"]


def test_each_service_refuses_in_its_own_words(cloud: LocalCloud) -> None:
    user = User(cloud, say(Action="ec2:Describe*")["Statement"])
    assert user.client("sts").get_caller_identity()["Arn"].endswith(":user/deployer")
    assert user.client("ec2").describe_vpcs()["Vpcs"]
    calls = {
        "UnauthorizedOperation": lambda: user.client("ec2").create_vpc(CidrBlock="10.0.0.0/16"),
        "AccessDenied": lambda: user.client("iam").list_roles(),
        "AccessDeniedException": lambda: user.client("dynamodb").list_tables(),
        "AuthFailure": lambda: user.client("ec2", aws_access_key_id="AKIANOBODY").describe_vpcs(),
    }
    for code, call in calls.items():
        with pytest.raises(ClientError) as refused:
            call()
        assert code_of(refused) == code
    assert len(client_of(cloud.endpoint, "ec2").describe_vpcs()["Vpcs"]) == 1, "the root may look"


def test_tags_in_a_create_ask_for_the_right_to_tag(cloud: LocalCloud) -> None:
    ec2 = User(cloud, say(Action="ec2:CreateVpc")["Statement"]).client("ec2")
    assert ec2.create_vpc(CidrBlock="10.0.0.0/16")
    with pytest.raises(ClientError, match="ec2:CreateTags"):
        ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "k", "Value": "v"}]}])


def test_resources_and_their_tags_are_looked_at(cloud: LocalCloud) -> None:
    ours = {"StringLike": {"aws:ResourceTag/groundwork:stack": "*"}}
    user = User(
        cloud,
        say(Action="dynamodb:*", Resource=TABLE + "groundwork-*-lock")["Statement"],
        say(Action="iam:DeleteRole", Condition=ours)["Statement"],
        say(Action="iam:CreatePolicy", Resource="arn:aws:iam::*:policy/groundwork/*")["Statement"],
    )
    trust = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}})
    root = client_of(cloud.endpoint, "iam")
    root.create_role(RoleName="ours", AssumeRolePolicyDocument=trust, Tags=[{"Key": "groundwork:stack", "Value": "shop"}])
    root.create_role(RoleName="theirs", AssumeRolePolicyDocument=trust)
    rights = {"PolicyName": "p", "PolicyDocument": json.dumps(say())}
    with pytest.raises(ClientError) as missing:
        user.client("dynamodb").describe_table(TableName="groundwork-shop-lock")
    assert code_of(missing) == "ResourceNotFoundException"
    user.client("iam").delete_role(RoleName="ours")
    assert user.client("iam").create_policy(Path="/groundwork/shop/", **rights)
    for call in (
        lambda: user.client("dynamodb").describe_table(TableName="library"),
        lambda: user.client("iam").delete_role(RoleName="theirs"),
        lambda: user.client("iam").create_policy(Path="/", **rights),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert code_of(refused).startswith("AccessDenied")


def test_a_role_is_handed_on_by_who_may(cloud: LocalCloud) -> None:
    to = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    user = User(cloud, say(Action="iam:AddRoleToInstanceProfile")["Statement"], say(Action="iam:PassRole", Condition=to)["Statement"])
    root = client_of(cloud.endpoint, "iam")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    root.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust}))
    root.create_instance_profile(InstanceProfileName="web")
    with pytest.raises(ClientError, match="iam:PassRole on resource: arn:aws:iam::123456789012:role/web"):
        user.client("iam").add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")


def test_whoever_is_not_the_deployer_leaves_the_tags_alone(cloud: LocalCloud) -> None:
    """The statement that docs/permissions.md asks to be published."""
    guard = {
        "Effect": "Deny",
        "Action": ["ec2:CreateTags", "ec2:DeleteTags"],
        "Resource": "*",
        "Condition": {
            "ForAnyValue:StringLike": {"aws:TagKeys": "groundwork:*"},
            "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Deployer"},
        },
    }
    ec2 = User(cloud, say()["Statement"], guard).client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "team", "Value": "shop"}])
    for change in (ec2.create_tags, ec2.delete_tags):
        with pytest.raises(ClientError) as refused:
            change(Resources=[vpc], Tags=[{"Key": "team"} | {"Value": "x"}, {"Key": "groundwork:stack", "Value": "forged"}])
        assert code_of(refused) == "UnauthorizedOperation"
