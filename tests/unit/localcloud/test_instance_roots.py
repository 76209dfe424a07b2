# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The disks of an instance that was launched: one root, its image's, whether a mapping says how it is made or not."""
from __future__ import annotations

from typing import Any

import pytest
from localcloud import LocalCloud

from .conftest import client_of

LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
UBUNTU = "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"
ROOTS = {LINUX: "/dev/xvda", UBUNTU: "/dev/sda1"}


def encrypted(device: str) -> dict[str, Any]:
    return {"DeviceName": device, "Ebs": {"VolumeType": "gp3", "VolumeSize": 20, "Encrypted": True, "DeleteOnTermination": True}}


def disks(cloud: LocalCloud, ec2: Any, parameter: str, mappings: list[dict[str, Any]], by_template: bool) -> list[tuple[str, int, bool]]:
    """Device, GiB and encryption of each volume that there is once an instance was launched."""
    image = client_of(cloud.endpoint, "ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    data: dict[str, Any] = {"ImageId": image, "InstanceType": "t3.micro"} | ({"BlockDeviceMappings": mappings} if mappings else {})
    if by_template:
        ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
        data = {"LaunchTemplate": {"LaunchTemplateName": "web"}}
    ec2.run_instances(**data, MinCount=1, MaxCount=1)
    return sorted((one["Attachments"][0]["Device"], one["Size"], one["Encrypted"]) for one in ec2.describe_volumes()["Volumes"])


@pytest.mark.parametrize("by_template", [False, True])
@pytest.mark.parametrize("parameter", ROOTS)
def test_a_mapping_of_the_root_device_adds_no_disk(cloud: LocalCloud, ec2: Any, parameter: str, by_template: bool) -> None:
    assert disks(cloud, ec2, parameter, [encrypted(ROOTS[parameter])], by_template) == [(ROOTS[parameter], 20, True)]


@pytest.mark.parametrize("by_template", [False, True])
@pytest.mark.parametrize("parameter", ROOTS)
def test_what_nothing_is_said_of_is_the_images(cloud: LocalCloud, ec2: Any, parameter: str, by_template: bool) -> None:
    assert disks(cloud, ec2, parameter, [], by_template) == [(ROOTS[parameter], 8, False)]


@pytest.mark.parametrize("by_template", [False, True])
def test_another_device_comes_beside_the_root(cloud: LocalCloud, ec2: Any, by_template: bool) -> None:
    assert disks(cloud, ec2, LINUX, [encrypted("/dev/sdb")], by_template) == [("/dev/sdb", 20, True), ("/dev/xvda", 8, False)]


def test_they_end_with_their_instance(cloud: LocalCloud, ec2: Any) -> None:
    disks(cloud, ec2, UBUNTU, [encrypted("/dev/sda1")], by_template=True)
    (reservation,) = ec2.describe_instances()["Reservations"]
    ec2.terminate_instances(InstanceIds=[reservation["Instances"][0]["InstanceId"]])
    assert ec2.describe_volumes()["Volumes"] == []


def test_a_root_whose_size_is_not_given_has_that_of_its_image(cloud: LocalCloud, ec2: Any) -> None:
    mapping = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeType": "gp3", "Encrypted": True}}
    assert disks(cloud, ec2, LINUX, [mapping], by_template=True) == [("/dev/xvda", 8, True)]
