# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the table of cases cannot say of launch templates: images that are pinned, versions, launches that are tried."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN

from .cases.launch_template import a_profile, LINUX, template, UBUNTU, what_is_launched
from .conftest import REGION, Runner

ACCOUNT = "123456789012"
MODULE = "ec2_launch_template"


@pytest.fixture
def ids(aws) -> dict[str, str]:
    return what_is_launched(aws)


def released(parameter: str) -> str:
    """AWS publishes a newer image under a public parameter."""
    from localcloud.additions import ec2_images  # not before they are loaded, all of them

    return ec2_images.release(ACCOUNT, REGION, parameter)


def numbers(aws: t.Any, id: str) -> list[int]:
    found = aws.ec2.describe_launch_template_versions(LaunchTemplateId=id)["LaunchTemplateVersions"]
    return sorted(one["VersionNumber"] for one in found)


def changed_keys(result: dict[str, t.Any]) -> list[str]:
    return result["planned"][0]["keys"]


def operations(run: Runner) -> list[str]:
    return [record["operation"] for record in run.writes()]


# -- images --------------------------------------------------------------------------------------------------------


def test_a_newer_image_changes_nothing_until_it_is_asked_for(run, aws, ids):
    params = template(ids, image=UBUNTU)
    first = run.ok(MODULE, **params)["launch_template"]
    assert (first["version"], first["image_id"], first["root_device"]) == (1, ids["ubuntu"], "/dev/sda1")
    newer = released(UBUNTU)
    again = run.ok(MODULE, **params)
    assert not again["changed"]
    assert again["launch_template"]["image_id"] == ids["ubuntu"]

    checked = run.ok(MODULE, check=True, **params, image_refresh=True)
    assert changed_keys(checked) == ["image"]
    assert (checked["launch_template"]["version"], checked["launch_template"]["image_id"]) == (UNKNOWN, newer)
    refreshed = run.ok(MODULE, **params, image_refresh=True)
    assert refreshed["diff"] == checked["diff"]
    assert (refreshed["launch_template"]["version"], refreshed["launch_template"]["image"]) == (2, newer)
    assert not run.ok(MODULE, **params)["changed"], "what was refreshed is pinned again"


def test_another_parameter_is_another_image_and_another_root_device(run, aws, ids):
    run.ok(MODULE, **template(ids, image=UBUNTU))
    changed = run.ok(MODULE, **template(ids, image=LINUX))
    assert changed_keys(changed) == ["image", "image_source", "root_volume"]
    assert changed["launch_template"]["image_id"] == ids["linux"]
    data = aws.ec2.describe_launch_template_versions(LaunchTemplateId=changed["launch_template"]["id"], Versions=["$Default"])
    mappings = data["LaunchTemplateVersions"][0]["LaunchTemplateData"]["BlockDeviceMappings"]
    assert [one["DeviceName"] for one in mappings] == ["/dev/xvda"]
    assert mappings[0]["Ebs"]["Encrypted"]


def test_a_description_of_somebody_else_does_not_turn_the_image(run, aws, ids):
    params = template(ids, image=UBUNTU)
    made = run.ok(MODULE, **params)["launch_template"]["id"]
    data = {"ImageId": ids["ubuntu"], "InstanceType": "t3.large"}
    aws.ec2.create_launch_template_version(LaunchTemplateId=made, VersionDescription="by hand", LaunchTemplateData=data)
    aws.ec2.modify_launch_template(LaunchTemplateId=made, DefaultVersion="2")
    released(UBUNTU)
    mended = run.ok(MODULE, **params)
    assert "image" not in changed_keys(mended)
    assert mended["launch_template"]["image_id"] == ids["ubuntu"]


@pytest.mark.parametrize(("image", "cause"), [("/aws/service/nothing", "no public parameter"), ("ami-0123456789abcdef0", "is not there")])
def test_an_image_that_is_not_there_is_named(run, ids, image: str, cause: str):
    result = run(MODULE, check=True, **template(ids, image=image))
    assert result["failed"]
    assert cause in result["msg"]
    assert image in result["msg"]
    assert not run(MODULE, **template(ids, image=image), state="absent").get("failed"), "to remove it asks for no image"


# -- plans ---------------------------------------------------------------------------------------------------------


def test_a_plan_needs_nothing_that_stands_but_the_public_image(run, aws):
    unknown = {"security_group_ids": [UNKNOWN], "dry_run_subnet_id": UNKNOWN}
    params = template({"linux": LINUX, "group": UNKNOWN, "one": UNKNOWN}, **unknown)
    checked = run.ok(MODULE, check=True, **params)
    assert checked["planned"][0]["action"] == "create"
    assert (checked["launch_template"]["id"], checked["launch_template"]["version"]) == (UNKNOWN, UNKNOWN)
    assert checked["launch_template"]["root_device"] == "/dev/xvda"
    refused = run(MODULE, **params)
    assert "was not made; run again without --limit" in refused["msg"]
    assert operations(run) == []


def test_a_group_that_is_to_be_made_plans_a_new_version(run, ids):
    run.ok(MODULE, **template(ids))
    checked = run.ok(MODULE, check=True, **template(ids, security_group_ids=[ids["group"], UNKNOWN]))
    assert changed_keys(checked) == ["security_group_ids"]
    assert checked["launch_template"]["version"] == UNKNOWN


def test_tags_alone_are_no_new_version(run, aws, ids):
    made = run.ok(MODULE, **template(ids))["launch_template"]["id"]
    checked = run.ok(MODULE, check=True, **template(ids, tags={"team": "till"}))
    assert (changed_keys(checked), checked["launch_template"]["version"]) == (["tags"], 1)
    run.ok(MODULE, **template(ids, tags={"team": "till"}))
    assert numbers(aws, made) == [1]


def test_what_is_unmanaged_goes_into_the_new_version(run, aws, ids):
    made = run.ok(MODULE, **template(ids))["launch_template"]["id"]
    kept = template(ids, instance_type="t3.small", user_data=None, detailed_monitoring=None, ebs_optimized=None)
    assert changed_keys(run.ok(MODULE, **kept)) == ["instance_type"]
    data = aws.ec2.describe_launch_template_versions(LaunchTemplateId=made, Versions=["2"])["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    assert (data["InstanceType"], data["Monitoring"]["Enabled"], data["EbsOptimized"]) == ("t3.small", True, True)
    assert data["UserData"]


def test_what_is_launched_is_guarded_and_bears_the_stacks_tags(run, aws, ids):
    made = run.ok(MODULE, **template(ids))["launch_template"]["id"]
    data = aws.ec2.describe_launch_template_versions(LaunchTemplateId=made)["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    options = {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1, "InstanceMetadataTags": "disabled"}
    assert data["MetadataOptions"] == options
    assert "KeyName" not in data
    tags = {one["ResourceType"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in data["TagSpecifications"]}
    assert set(tags) == {"instance", "volume", "network-interface"}
    assert all(one == {"team": "shop", "groundwork:stack": "shop", "groundwork:component": "vpc"} for one in tags.values())


def test_user_data_that_is_too_long_is_refused_before_any_write(run, ids):
    result = run(MODULE, check=True, **template(ids, user_data="é" * 8193))
    assert "more than 16384 bytes" in result["msg"]
    run.ok(MODULE, **template(ids, user_data="é" * 8192))


# -- versions ------------------------------------------------------------------------------------------------------


def test_a_kill_before_the_new_version_is_the_default_is_resumed_with_that_version(run, aws, ids):
    made = run.ok(MODULE, **template(ids))["launch_template"]["id"]
    changed = template(ids, instance_type="t3.small")
    assert run.killed_at(1, MODULE, **changed)
    assert numbers(aws, made) == [1, 2]
    assert run.ok(MODULE, check=True, **changed)["launch_template"]["version"] == UNKNOWN
    resumed = run.ok(MODULE, **changed)
    assert (resumed["changed"], resumed["launch_template"]["version"]) == (True, 2)
    assert numbers(aws, made) == [1, 2]


def test_a_lost_reply_of_a_new_version_leaves_one(run, aws, ids):
    made = run.ok(MODULE, **template(ids))["launch_template"]["id"]
    for operation in ("CreateLaunchTemplateVersion", "ModifyLaunchTemplate"):
        run.cloud.dials.faults = [{"kind": "lose_reply", "operation": operation, "nth": 1}]
        run.ok(MODULE, **template(ids, user_data=operation))
    assert numbers(aws, made) == [1, 2, 3]


def test_old_versions_go_but_for_those_in_use(run, aws, ids):
    made = run.ok(MODULE, **template(ids))["launch_template"]["id"]
    use = {"MinSize": 0, "MaxSize": 1, "VPCZoneIdentifier": ids["one"]}
    versions = ("1", "$Default", "$Latest")
    for version in versions:
        named = {"LaunchTemplateId": made, "Version": version}
        aws.autoscaling.create_auto_scaling_group(AutoScalingGroupName=f"uses-{version.strip('$')}", LaunchTemplate=named, **use)
    specification = {"LaunchTemplateSpecification": {"LaunchTemplateId": made, "Version": "2"}}
    for number in range(2, 8):
        assert run.ok(MODULE, **template(ids, user_data=f"echo {number}"))["launch_template"]["version"] == number
        if number == 2:
            aws.autoscaling.create_auto_scaling_group(
                AutoScalingGroupName="mixes", MixedInstancesPolicy={"LaunchTemplate": specification}, **use
            )
    assert numbers(aws, made) == [1, 2, 5, 6, 7]


def test_the_version_of_an_instance_is_in_use_though_its_group_has_moved_on(run, aws, ids):
    made = run.ok(MODULE, **template(ids))["launch_template"]["id"]
    named = {"AutoScalingGroupName": "one", "LaunchTemplate": {"LaunchTemplateId": made, "Version": "1"}}
    aws.autoscaling.create_auto_scaling_group(**named, MinSize=1, MaxSize=1, VPCZoneIdentifier=ids["one"])
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="one", LaunchTemplate={"LaunchTemplateId": made, "Version": "$Latest"})
    for number in range(2, 6):
        run.ok(MODULE, **template(ids, user_data=f"echo {number}"))
    assert numbers(aws, made) == [1, 3, 4, 5]


# -- launches that are tried ---------------------------------------------------------------------------------------


def test_what_cannot_be_launched_is_never_written(run, aws, ids):
    elsewhere = aws.ec2.create_subnet(VpcId=ids["vpc"], CidrBlock="10.0.8.0/24", AvailabilityZone=f"{REGION}b")["Subnet"]["SubnetId"]
    impossible = {"instance_type": "t2.micro", "dry_run_subnet_id": elsewhere}
    refused = run(MODULE, **template(ids, **impossible))
    assert "nothing was changed" in refused["msg"]
    assert "instance type (t2.micro) is not supported in your requested Availability Zone" in refused["msg"]
    assert aws.ec2.describe_launch_templates()["LaunchTemplates"] == []

    made = run.ok(MODULE, **template(ids))["launch_template"]["id"]
    assert run(MODULE, **template(ids, **impossible))["failed"]
    assert numbers(aws, made) == [1]
    assert not run.ok(MODULE, **template(ids))["changed"]


@pytest.mark.parametrize("half", [False, True], ids=["no profile yet", "no role in it yet"])
def test_a_profile_that_was_just_made_is_waited_for(run, aws, ids, half: bool):
    tried: list[str] = []

    def hook(record: dict[str, t.Any], phase: str) -> None:
        if record["operation"] == "RunInstances" and phase == "after":
            tried.append(phase)
            if len(tried) == 1 and half:
                aws.iam.add_role_to_instance_profile(InstanceProfileName="late", RoleName="web")
            elif len(tried) == 1:
                a_profile(aws, "late")

    if half:
        aws.iam.create_instance_profile(InstanceProfileName="late")
    run.cloud.on_call(hook)
    run.ok(MODULE, **template(ids, instance_profile="late"))
    assert len(tried) > 1


# -- whose it is ---------------------------------------------------------------------------------------------------


def test_a_template_of_others_is_refused_or_adopted(run, aws, ids):
    made = aws.ec2.create_launch_template(LaunchTemplateName="shop-web", LaunchTemplateData={"ImageId": ids["linux"], "KeyName": "mine"})
    assert "adopt" in run(MODULE, **template(ids))["msg"]
    adopted = run.ok(MODULE, **template(ids, adopt=True))["launch_template"]
    assert (adopted["id"], adopted["version"], adopted["extra"]) == (made["LaunchTemplate"]["LaunchTemplateId"], 2, [])
    assert "belongs to component vpc of stack shop" in run(MODULE, **template(ids, stack="bakery", adopt=True))["msg"]


def test_a_template_is_removed_by_its_tags_alone(run, aws, ids):
    run.ok(MODULE, **template(ids, image=UBUNTU))
    removed = run.ok("stack_removal", state="absent", types=[MODULE])
    assert [(entry["type"], entry["key"], entry["action"]) for entry in removed["planned"]] == [(MODULE, "shop-web", "delete")]
    assert aws.ec2.describe_launch_templates()["LaunchTemplates"] == []
