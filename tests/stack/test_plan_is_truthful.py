# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan on an empty account names exactly what the real run then makes; and the run after that changes nothing."""

from __future__ import annotations

import json

import pytest

from .conftest import Runs

#: How the request record names what was made: the operation, and our name of the type.
CREATES = {
    "CreateTable": "stack_lock",
    "CreateVpc": "ec2_vpc",
    "CreateSubnet": "ec2_subnet",
    "CreateInternetGateway": "ec2_internet_gateway",
    "AllocateAddress": "ec2_address",
    "CreateNatGateway": "ec2_nat_gateway",
    "CreateRouteTable": "ec2_route_table",
    "CreateVpcEndpoint": "ec2_vpc_endpoint",
    "CreateSecurityGroup": "ec2_security_group",
    "CreateNetworkAcl": "ec2_network_acl",
}


def made(writes: list[dict]) -> list[tuple[str, str, str]]:
    """(component, type, name) of each resource that was made, by the tags in the requests themselves."""
    found = []
    for record in writes:
        if record["operation"] in CREATES and record["status"] == 200:
            params = record["params"]
            tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or params["TagSpecifications"][0]["Tags"]}
            found.append((tags["groundwork:component"], CREATES[record["operation"]], tags["Name"]))
    return sorted(found)


def test_the_plan_on_an_empty_account_is_what_is_then_made(runs: Runs):
    planned = runs.ok("site", "--check", "--diff")
    assert planned.writes == []
    assert [record for record in runs.cloud.records() if record["mutating"]] == []
    assert "Plan: 19 to create, 0 to change, 0 to delete" in planned.screen

    real = runs.ok("site")
    assert planned.changes == real.changes
    assert sorted((component, kind, name) for component, kind, name, _action, _keys in planned.changes) == made(real.writes)
    assert "Applied: 19 created, 0 changed, 0 deleted" in real.screen

    again = runs.ok("site")
    assert (again.changes, again.writes) == (set(), [])
    checked = runs.ok("site", "--check", "--diff")
    assert (checked.changes, checked.writes) == (set(), [])


def test_a_change_of_each_layer_is_planned_alone_and_mended(runs: Runs, ec2):
    runs.ok("site")
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["TIO-DB-SG"]}])["SecurityGroups"][0]
    vpc = group["VpcId"]
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "tag:groundwork:key", "Values": ["private-b"]}])
    ec2.delete_route(RouteTableId=tables["RouteTables"][0]["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")

    planned = runs.ok("site", "--check")
    assert planned.changes == {
        ("db", "ec2_security_group", "TIO-DB-SG", "update", ("ingress",)),
        ("vpc", "ec2_vpc", "tryiton-service-vpc", "update", ("dns_hostnames",)),
        ("vpc", "ec2_route_table", "tryiton-service-rtb-private2-ap-northeast-2b", "update", ("routes",)),
    }
    assert runs.ok("site").changes == planned.changes
    assert runs.ok("site", "--check").changes == set()


def test_a_limited_run_keeps_one_component_by_what_aws_says_of_the_others(runs: Runs, ec2):
    runs.ok("site")
    python = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["TIO-Python-EC2-SG"]}])["SecurityGroups"][0]
    ec2.revoke_security_group_ingress(GroupId=python["GroupId"], IpPermissions=python["IpPermissions"])
    mended = runs.ok("site", "--limit", "python")
    assert mended.changes == {("python", "ec2_security_group", "TIO-Python-EC2-SG", "update", ("ingress",))}


def test_a_limited_run_on_an_empty_account_says_what_it_lacks(runs: Runs):
    outcome = runs("site", "--limit", "python", "--check")
    assert outcome.rc != 0
    assert "vpc" in outcome.screen
    assert "run without --limit" in outcome.screen


def test_the_plan_is_an_artifact_where_another_callback_owns_the_screen(runs: Runs):
    outcome = runs.ok("site", "--check", ANSIBLE_CALLBACKS_ENABLED="", ANSIBLE_STDOUT_CALLBACK="ansible.builtin.minimal", ANSIBLE_SHOW_CUSTOM_STATS="1")
    assert outcome.plan == {}
    assert '"create": 19' in outcome.screen or "'create': 19" in outcome.screen


@pytest.mark.parametrize("mode", ["--check", "--diff"])
def test_the_plan_file_is_for_its_owner_alone(runs: Runs, mode: str):
    runs.ok("site", mode)
    plan = runs.folder / "plan.json"
    assert plan.stat().st_mode & 0o777 == 0o600
    assert json.loads(plan.read_text())["stack"] == "tio"
