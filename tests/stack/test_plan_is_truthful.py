# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan on an empty account names exactly what the real run then makes; and the run after that changes nothing."""

from __future__ import annotations

import re

from .conftest import ROOT, Runs

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
    assert (runs.folder / "plan.json").stat().st_mode & 0o777 == 0o600
    assert planned.plan["stack"] == "tio"
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


def test_a_limited_run_keeps_one_component_by_what_aws_says_of_the_others(shop: Runs, ec2):
    shop.ok("site")
    web = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["shop-web"]}])["SecurityGroups"][0]
    ec2.revoke_security_group_ingress(GroupId=web["GroupId"], IpPermissions=web["IpPermissions"])
    mended = shop.ok("site", "--limit", "web")
    assert mended.changes == {("web", "ec2_security_group", "shop-web", "update", ("ingress",))}
    assert [record["operation"] for record in mended.writes] == ["AuthorizeSecurityGroupIngress"]


def test_a_limited_run_on_an_empty_account_says_what_it_lacks(shop: Runs):
    outcome = shop("site", "--limit", "web", "--check")
    assert outcome.rc != 0
    assert "ec2_vpc 'vpc' of vpc is neither made by this run nor found in AWS: run without --limit" in outcome.screen


def test_the_plan_is_an_artifact_where_another_callback_owns_the_screen(shop: Runs):
    config = shop.folder / "ansible.cfg"
    config.write_text(f"[defaults]\ncollections_path = {ROOT}/.build/collections\nstdout_callback = ansible.builtin.minimal\nshow_custom_stats = true\n")
    outcome = shop.ok("site", "--check", ANSIBLE_CONFIG=str(config))
    assert outcome.plan == {}
    stats = outcome.screen.rpartition("CUSTOM STATS")[2]
    assert "groundwork_plan" in stats
    assert re.search(r"[\"']create[\"']: 14\b", stats)
