# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Launch templates, the images they name, and what RunInstances refuses to launch."""
from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cached_property
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud, additions
from .conftest import REGION, client_of
from .network import Network

LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
UBUNTU = "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"
GPU = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id"
TRUST = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}'
NO_TEMPLATE = "lt-0123456789abcdef0"
additions.load()  # they bring quotas of their own, which a dial may turn before the first call


class Launches(Network):
    """A template of one version, and what it stands on."""

    def __init__(self, ec2: Any, ssm: Any, iam: Any) -> None:
        super().__init__(ec2)
        self.ssm, self.iam = ssm, iam

    def image_of(self, parameter: str) -> str:
        return self.ssm.get_parameter(Name=parameter)["Parameter"]["Value"]

    @cached_property
    def image(self) -> str:
        return self.image_of(LINUX)

    def template(self, name: str = "web", **data: Any) -> str:
        made = self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"InstanceType": "t3.micro"} | data)
        return made["LaunchTemplate"]["LaunchTemplateId"]

    def version(self, template: str, **data: Any) -> int:
        made = self.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"InstanceType": "t3.small"} | data)
        return made["LaunchTemplateVersion"]["VersionNumber"]

    def numbers(self, template: str, **asked: Any) -> list[int]:
        found = self.ec2.describe_launch_template_versions(LaunchTemplateId=template, **asked)["LaunchTemplateVersions"]
        return [one["VersionNumber"] for one in found]

    def delete(self, template: str, *numbers: int) -> dict[str, Any]:
        return self.ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=[str(one) for one in numbers])

    def launch(self, **asked: Any) -> Any:
        return self.ec2.run_instances(**{"ImageId": self.image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "DryRun": True} | asked)

    def profile(self, name: str = "web", role: bool = True) -> str:
        self.iam.create_instance_profile(InstanceProfileName=name)
        if role:
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
            self.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        return name


@pytest.fixture
def launches(cloud: LocalCloud, ec2: Any) -> Launches:
    return Launches(ec2, client_of(cloud.endpoint, "ssm"), client_of(cloud.endpoint, "iam"))


def root(device: str, size: int) -> list[dict[str, Any]]:
    return [{"DeviceName": device, "Ebs": {"VolumeSize": size}}]


def by_template(n: Launches, **data: Any) -> Any:
    """A launch by template alone."""
    template = {"LaunchTemplateId": n.template(**data), "Version": "1"}
    return n.ec2.run_instances(LaunchTemplate=template, MinCount=1, MaxCount=1, SubnetId=n.subnet, DryRun=True)


# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Callable[[Launches], Any]]] = [
    ("create_template", "InvalidLaunchTemplateName.MalformedException", lambda n: n.template("w")),
    ("create_template", "InvalidLaunchTemplateName.MalformedException", lambda n: n.template("w" * 129)),
    ("create_template", "InvalidLaunchTemplateName.MalformedException", lambda n: n.template("web server")),
    ("create_template", "InvalidLaunchTemplateName.AlreadyExistsException", lambda n: (n.template(), n.template())),
    ("create_version", "InvalidLaunchTemplateId.NotFound", lambda n: n.version(NO_TEMPLATE)),
    ("delete_versions", "InvalidLaunchTemplateId.NotFound", lambda n: n.delete(NO_TEMPLATE, 1)),
    ("delete_versions", "InvalidParameterValue", lambda n: n.delete(n.template(), *range(1, 202))),
    ("launch_what_exists", "DryRunOperation", lambda n: n.launch(SubnetId=n.subnet, IamInstanceProfile={"Name": n.profile()})),
    ("launch_what_exists", "DryRunOperation", lambda n: by_template(n, ImageId=n.image, SecurityGroupIds=[n.group])),
    ("launch_what_exists", "InvalidAMIID.NotFound", lambda n: n.launch(ImageId="ami-0123456789abcdef0")),
    ("launch_what_exists", "MissingParameter", by_template),
    ("launch_what_exists", "InvalidLaunchTemplateId.VersionNotFound",
     lambda n: n.launch(LaunchTemplate={"LaunchTemplateId": n.template(), "Version": "7"})),
    ("launch_what_exists", "InvalidParameterValue", lambda n: n.launch(InstanceType="t3.gigantic")),
    ("launch_what_exists", "InvalidParameterValue", lambda n: n.launch(InstanceType="t4g.micro")),
    ("launch_what_exists", "InvalidParameterValue", lambda n: n.launch(IamInstanceProfile={"Name": "nobody"})),
    ("launch_what_exists", "InvalidParameterValue", lambda n: n.launch(IamInstanceProfile={"Name": n.profile(role=False)})),
    ("launch_what_exists", "InvalidGroup.NotFound", lambda n: n.launch(SecurityGroupIds=["sg-0123456789abcdef0"])),
    ("launch_what_exists", "InvalidSubnetID.NotFound", lambda n: n.launch(SubnetId="subnet-0123456789abcdef0")),
    ("launch_what_exists", "InvalidParameter", lambda n: n.launch(SubnetId=n.subnet, SecurityGroupIds=[n.new_group("far", n.other_vpc)])),
    ("launch_what_exists", "InvalidBlockDeviceMapping",
     lambda n: n.launch(ImageId=n.image_of(GPU), BlockDeviceMappings=root("/dev/sda1", 20))),
    ("launch_what_exists", "InvalidParameterValue", lambda n: n.launch(UserData="x" * 16385)),
    ("launch_what_exists", "InvalidLaunchTemplateName.NotFoundException", lambda n: n.launch(LaunchTemplate={"LaunchTemplateName": "nobody"})),
]  # fmt: skip

SMALL_QUOTAS = [
    ("LaunchTemplateLimitExceeded", {"launch_templates": 0}, lambda n: n.template()),
    ("VersionLimitExceeded", {"launch_template_versions": 1}, lambda n: n.version(n.template())),
]


@pytest.mark.parametrize(("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{row[1]}-{n}" for n, row in enumerate(REFUSALS)])
def test_what_aws_refuses_is_refused(launches: Launches, code: str, case: Callable[[Launches], Any]) -> None:
    with pytest.raises(ClientError) as refused:
        case(launches)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(("code", "quotas", "case"), SMALL_QUOTAS, ids=[row[0] for row in SMALL_QUOTAS])
def test_a_quota_is_kept(cloud: LocalCloud, launches: Launches, code: str, quotas: dict[str, int], case: Callable[[Launches], Any]) -> None:
    cloud.dials.quotas = quotas
    with pytest.raises(ClientError) as refused:
        case(launches)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(("parameter", "device", "size"), [(LINUX, "/dev/xvda", 8), (UBUNTU, "/dev/sda1", 8), (GPU, "/dev/sda1", 60)])
def test_public_parameters_name_images_that_are_there(launches: Launches, parameter: str, device: str, size: int) -> None:
    image = launches.ec2.describe_images(ImageIds=[launches.image_of(parameter)])["Images"][0]
    assert (image["RootDeviceName"], image["State"], image["Architecture"]) == (device, "available", "x86_64")
    assert [(one["DeviceName"], one["Ebs"]["VolumeSize"]) for one in image["BlockDeviceMappings"]] == [(device, size)]


def test_an_image_that_was_released_takes_the_place_of_the_old_one_which_stays(launches: Launches) -> None:
    from localcloud.additions import ec2_images  # not before they are loaded, all of them

    old = launches.image_of(UBUNTU)
    new = ec2_images.release("123456789012", REGION, UBUNTU)
    assert launches.image_of(UBUNTU) == new != old
    assert {one["ImageId"] for one in launches.ec2.describe_images(ImageIds=[old, new])["Images"]} == {old, new}


def test_versions_are_deleted_but_for_the_default_and_numbers_are_not_given_twice(launches: Launches) -> None:
    template = launches.template()
    assert [launches.version(template) for _time in range(3)] == [2, 3, 4]
    answer = launches.delete(template, 1, 4, 9)
    done = [one["VersionNumber"] for one in answer["SuccessfullyDeletedLaunchTemplateVersions"]]
    failed = {one["VersionNumber"]: one["ResponseError"]["Code"] for one in answer["UnsuccessfullyDeletedLaunchTemplateVersions"]}
    assert (done, failed) == ([4], {1: "unexpectedError", 9: "launchTemplateVersionDoesNotExist"})
    assert launches.version(template) == 5
    assert launches.numbers(template) == [5, 3, 2, 1]
    launches.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="3")
    assert launches.numbers(template, Versions=["$Default", "$Latest"]) == [5, 3]
    assert launches.numbers(template, MinVersion="2", MaxVersion="3") == [3, 2]


def test_versions_come_in_pages(launches: Launches) -> None:
    template = launches.template()
    for _time in range(4):
        launches.version(template)
    pages = launches.ec2.get_paginator("describe_launch_template_versions").paginate(LaunchTemplateId=template, PaginationConfig={"PageSize": 2})
    assert [[one["VersionNumber"] for one in page["LaunchTemplateVersions"]] for page in pages] == [[5, 4], [3, 2], [1]]


def test_a_templates_tags_are_its_own_and_no_instances(launches: Launches) -> None:
    tags = [{"ResourceType": "launch-template", "Tags": [{"Key": "team", "Value": "shop"}]}]
    made = launches.ec2.create_launch_template(
        LaunchTemplateName="web", TagSpecifications=tags, LaunchTemplateData={"UserData": base64.b64encode(b"one").decode()}
    )["LaunchTemplate"]["LaunchTemplateId"]
    launches.ec2.create_tags(Resources=[made], Tags=[{"Key": "team", "Value": "till"}])
    assert launches.ec2.describe_launch_templates()["LaunchTemplates"][0]["Tags"] == [{"Key": "team", "Value": "till"}]
    data = launches.ec2.describe_launch_template_versions(LaunchTemplateId=made)["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    assert not data.get("TagSpecifications")


def test_user_data_of_every_version_reaches_the_instance(launches: Launches) -> None:
    encoded = base64.b64encode(b"#!/bin/sh").decode()
    template = launches.template(ImageId=launches.image)
    launches.version(template, ImageId=launches.image, UserData=encoded)
    named = {"LaunchTemplateId": template, "Version": "2"}
    instance = launches.ec2.run_instances(LaunchTemplate=named, MinCount=1, MaxCount=1, SubnetId=launches.subnet)["Instances"][0]
    attribute = launches.ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")
    assert attribute["UserData"]["Value"] == encoded
    assert instance["RootDeviceName"] == "/dev/xvda"


def test_some_types_lack_a_zone_of_seoul(cloud: LocalCloud) -> None:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    ec2, ssm = (boto3.client(one, endpoint_url=cloud.endpoint, region_name="ap-northeast-2", **keys) for one in ("ec2", "ssm"))
    found = {}
    for kind in ("t2.micro", "t3.micro", "g4dn.xlarge"):
        asked = {"LocationType": "availability-zone", "Filters": [{"Name": "instance-type", "Values": [kind]}]}
        offers = ec2.describe_instance_type_offerings(**asked)["InstanceTypeOfferings"]
        found[kind] = "".join(sorted(offer["Location"][-1] for offer in offers))
    assert found == {"t2.micro": "ac", "t3.micro": "abcd", "g4dn.xlarge": "abc"}
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="ap-northeast-2b")["Subnet"]["SubnetId"]
    image = ssm.get_parameter(Name=LINUX)["Parameter"]["Value"]
    with pytest.raises(ClientError, match=r"t2\.micro\) is not supported .* choosing ap-northeast-2a, ap-northeast-2c\.") as refused:
        ec2.run_instances(ImageId=image, InstanceType="t2.micro", SubnetId=subnet, MinCount=1, MaxCount=1, DryRun=True)
    assert refused.value.response["Error"]["Code"] == "Unsupported"
