# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What only IAM's modules do: versions, profiles, quotas, and whom they ask."""

from __future__ import annotations

import json
import time

import pytest

from .cases.iam import AGENT, URL, document, policy, provider, role, trust

NAMES = ("ReadOnlyAccess", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonEC2FullAccess", "AmazonEC2ReadOnlyAccess", "AmazonRDSFullAccess",
         "AmazonRDSReadOnlyAccess", "AmazonSSMFullAccess", "AmazonSSMReadOnlyAccess", "AmazonSQSFullAccess")  # fmt: skip
TEN = [f"arn:aws:iam::aws:policy/{name}" for name in NAMES]
PLAIN = {"name": "shop-spring", "trust": trust("ec2.amazonaws.com")}
HOME = "/groundwork/shop/"


def test_documents_that_mean_the_same_are_no_change(run, aws):
    one = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Put*", "s3:Get*"], "Resource": ["*"]}]}
    other = {"Statement": {"Resource": "*", "Action": ["s3:Get*", "s3:Put*"], "Effect": "Allow", "Sid": ""}, "Version": "2012-10-17"}
    principals = [{"AWS": ["123456789012"]}, {"AWS": "arn:aws:iam::123456789012:root"}]
    roles = [{**PLAIN, "trust": trust(**principal), "policies": {"files": text}} for principal, text in zip(principals, (one, other), strict=True)]
    assert run.ok("iam_role", **roles[0])["changed"]
    assert not run.ok("iam_role", **roles[1])["changed"]


def test_a_policy_keeps_five_versions_and_the_newest_is_the_default(run, aws):
    for number in range(7):
        made = run.ok("iam_policy", **policy(False) | {"document": document(f"s3:Get{number}")})
    found = aws.iam.list_policy_versions(PolicyArn=made["policy"]["id"])["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in found] == [(f"v{n}", n == 7) for n in range(3, 8)]
    assert made["policy"]["version"] == "v7"


def test_a_lost_reply_leaves_one_new_version(run, aws):
    arn = run.ok("iam_policy", **policy(False))["policy"]["id"]
    run.cloud.dials.faults = [{"kind": "lose_reply", "operation": "CreatePolicyVersion", "nth": 1}]
    run.ok("iam_policy", **policy(True))
    assert len(aws.iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 2


def test_a_policy_elsewhere_in_the_tree_is_refused(run, aws):
    outside = run("iam_policy", **policy(False) | {"path": "/"})
    assert "path must begin with /groundwork/shop/" in outside["msg"]


@pytest.mark.parametrize("name", ["shop-host", "Shop-Host"])
def test_a_name_that_a_policy_elsewhere_has_is_refused_before_any_write(run, aws, name):
    aws.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document("s3:*")))
    for adopt in (False, True):
        refused = run("iam_policy", **policy(False), adopt=adopt, check=True)
        assert f"policy/{name} has the name" in refused["msg"]
        assert "choose another name" in refused["msg"]


def test_a_policy_that_is_attached_is_not_deleted_and_its_holder_is_named(run, aws):
    arn = run.ok("iam_policy", **policy(False))["policy"]["id"]
    run.ok("iam_role", **PLAIN, managed_policies=[arn])
    refused = run("iam_policy", **policy(False), state="absent", wait_timeout=1)
    assert "It is attached to role shop-spring" in refused["msg"]


def test_a_policy_that_was_just_made_is_attached_and_bounds(run, aws):
    run.cloud.dials.faults = [{"kind": "not_found_after_create", "seconds": 3, "operation": "CreatePolicy"}]
    for number, key in enumerate(("managed_policies", "boundary")):
        arn = aws.iam.create_policy(PolicyName=f"fresh{number}", PolicyDocument=json.dumps(document("s3:*")))["Policy"]["Arn"]
        made = run.ok("iam_role", **PLAIN | {"name": f"shop-{number}", key: [arn] if key == "managed_policies" else arn})
        assert made["waited"], "it was known at once"


def test_a_role_that_was_just_made_is_trusted(run, aws):
    run.ok("iam_role", **PLAIN)
    time.sleep(3)  # so that the fault hides the other alone
    run.cloud.dials.faults = [{"kind": "not_found_after_create", "seconds": 3, "operation": "CreateRole"}]
    arn = aws.iam.create_role(RoleName="fresh", AssumeRolePolicyDocument=json.dumps(PLAIN["trust"]))["Role"]["Arn"]
    assert run.ok("iam_role", **PLAIN | {"trust": trust(AWS=arn)})["waited"], "it was known at once"


def test_a_policy_of_awss_that_there_is_not_is_refused_at_once(run, aws):
    refused = run("iam_role", **PLAIN, managed_policies=["arn:aws:iam::aws:policy/AmazonNothing"])
    assert "arn:aws:iam::aws:policy/AmazonNothing does not exist" in refused["msg"]
    assert refused["waited"] == []


def test_a_full_role_changes_its_policies(run, aws):
    run.ok("iam_role", **PLAIN, managed_policies=TEN)
    run.ok("iam_role", **PLAIN, managed_policies=[AGENT, *TEN[1:]])
    big = {name: document("s3:GetObject", resource="arn:aws:s3:::" + name * 4800) for name in "abc"}
    run.ok("iam_role", **PLAIN, policies={name: big[name] for name in "ab"})
    run.ok("iam_role", **PLAIN, policies={name: big[name] for name in "bc"})
    assert aws.iam.list_role_policies(RoleName="shop-spring")["PolicyNames"] == ["b", "c"]


def test_what_is_not_given_is_left_alone(run, aws):
    ids = {"own": aws.iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(document("s3:*")))["Policy"]["Arn"]}
    whole = role(ids | {"bound": ids["own"]})
    made = run.ok("iam_role", **whole)["role"]
    kept = run.ok("iam_role", **{key: whole[key] for key in ("name", "description", "trust")})
    assert not kept["changed"]
    assert (kept["role"]["managed_policies"], kept["role"]["boundary"]) == (made["managed_policies"], ids["own"])


def test_a_role_says_what_others_need(run, aws):
    planned = run.ok("iam_role", check=True, **PLAIN, instance_profile=True)["role"]
    assert (planned["id"], planned["instance_profile"]) == ("(known after apply)", "shop-spring")
    made = run.ok("iam_role", **PLAIN, instance_profile=True)["role"]
    assert made["id"] == "arn:aws:iam::123456789012:role/shop-spring"
    assert (made["role_name"], made["instance_profile"]) == ("shop-spring", "shop-spring")
    assert made["instance_profile_arn"] == "arn:aws:iam::123456789012:instance-profile/shop-spring"
    assert made["description"] == "vpc of stack shop"


def test_a_role_is_made_anew_under_another_path_only_on_request(run, aws):
    run.ok("iam_role", **PLAIN, instance_profile=True, managed_policies=[AGENT])
    moved = {**PLAIN, "instance_profile": True, "managed_policies": [AGENT], "path": "/shop/"}
    assert "AWS cannot change path" in run("iam_role", **moved)["msg"]
    assert run.ok("iam_role", **moved, replace=True)["role"]["id"] == "arn:aws:iam::123456789012:role/shop/shop-spring"
    assert not run.ok("iam_role", **moved)["changed"]


def test_a_profile_of_anothers_is_refused(run, aws):
    aws.iam.create_instance_profile(InstanceProfileName="shop-spring")
    assert "exists and is not ours" in run("iam_role", **PLAIN, instance_profile=True)["msg"]
    aws.iam.create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps(PLAIN["trust"]))
    aws.iam.add_role_to_instance_profile(InstanceProfileName="shop-spring", RoleName="other")
    assert "holds the role other" in run("iam_role", **PLAIN, instance_profile=True, adopt=True)["msg"]
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="shop-spring", RoleName="other")
    run.ok("iam_role", **PLAIN, instance_profile=True, adopt=True)
    run.ok("iam_role", **PLAIN, instance_profile=True, state="absent")
    assert aws.iam.list_instance_profiles()["InstanceProfiles"] == []


def test_a_profile_that_lost_a_tag_is_drift_of_the_tags(run, aws):
    run.ok("iam_role", **PLAIN, instance_profile=True)
    aws.iam.untag_instance_profile(InstanceProfileName="shop-spring", TagKeys=["groundwork:stack"])
    mended = run.ok("iam_role", **PLAIN, instance_profile=True)
    assert [(entry["action"], entry["keys"]) for entry in mended["planned"]] == [("update", ["tags"])]
    assert not run.ok("iam_role", **PLAIN, instance_profile=True)["changed"]


def test_a_role_leaves_the_profiles_of_others_standing(run, aws):
    run.ok("iam_role", **PLAIN)
    aws.iam.create_instance_profile(InstanceProfileName="theirs")
    aws.iam.add_role_to_instance_profile(InstanceProfileName="theirs", RoleName="shop-spring")
    run.ok("iam_role", **PLAIN, state="absent")
    [left] = aws.iam.list_instance_profiles()["InstanceProfiles"]
    assert (left["InstanceProfileName"], left["Roles"]) == ("theirs", [])


def test_a_stack_asks_about_roles_whose_description_names_it_and_no_others(run, aws):
    run.ok("iam_role", **PLAIN)
    for name, text in (("theirs", "Somebody's"), ("workshop", "vpc of stack workshop")):
        aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(PLAIN["trust"]), Description=text)
    before = len(run.cloud.records())
    found = run.ok("stack_info", stack="shop")["resources"]
    assert [(one["type"], one["name"]) for one in found] == [("iam_role", "shop-spring")]
    asked = [record["params"]["RoleName"] for record in run.cloud.records()[before:] if record["operation"] == "ListRoleTags"]
    assert asked == ["shop-spring"]


def test_a_stack_is_taken_down_by_its_tags(run, aws):
    arn = run.ok("iam_policy", **policy(False))["policy"]["id"]
    run.ok("iam_role", **PLAIN, managed_policies=[arn], policies={"files": document("s3:*")}, instance_profile=True)
    run.ok("iam_oidc_provider", **provider(False))
    removed = run.ok("stack_removal", state="absent", keep=[])
    assert {entry["action"] for entry in removed["planned"]} == {"delete"}
    assert run.ok("stack_info", stack="shop")["resources"] == []
    assert aws.iam.list_instance_profiles()["InstanceProfiles"] == []


@pytest.mark.parametrize(("tags", "message"), [({}, "exists and is not ours"), ({"groundwork:stack": "library"}, "belongs to component None of stack library")])
def test_a_provider_that_is_the_accounts_already_is_refused(run, aws, tags: dict, message: str):
    aws.iam.create_open_id_connect_provider(Url=URL, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    assert message in run("iam_oidc_provider", **provider(False))["msg"]


def test_a_provider_of_another_tool_is_adopted(run, aws):
    aws.iam.create_open_id_connect_provider(Url=URL)
    adopted = run.ok("iam_oidc_provider", **provider(False), adopt=True)
    assert adopted["planned"][0]["action"] == "update"
