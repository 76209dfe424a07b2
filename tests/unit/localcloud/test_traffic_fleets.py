# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instances as targets: each is a small server of the version that it was launched by."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .door import Door, forwards
from .test_codedeploy import Delivery


@pytest.fixture
def fleet() -> Iterator[Door]:
    """In a cloud that has images."""
    with LocalCloud(traffic=True) as cloud, CLOCK.virtual():
        yield Door(cloud)


def _image(fleet: Door) -> str:
    return str(next(one["ImageId"] for one in fleet.ec2.describe_images()["Images"] if one["Architecture"] == "x86_64"))


def _template(fleet: Door) -> str:
    """With two versions, which are the same."""
    data = {"ImageId": _image(fleet), "InstanceType": "t3.micro"}
    made = fleet.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"]
    fleet.ec2.create_launch_template_version(LaunchTemplateId=made, LaunchTemplateData=data)
    return str(made)


def test_instances_answer_with_the_version_of_their_template_or_their_tag(fleet: Door) -> None:
    template, group, ids = _template(fleet), fleet.group("fleet", TargetType="instance"), []
    fleet.default(forwards(group))
    for version, tags in (("1", []), ("2", []), ("2", [{"Key": "Version", "Value": "blue"}])):
        asked = {"MinCount": 1, "MaxCount": 1, "LaunchTemplate": {"LaunchTemplateId": template, "Version": version}, "SubnetId": fleet.subnets[0]}
        tagged = {"TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]} if tags else {}
        ids.append(fleet.ec2.run_instances(**asked, **tagged)["Instances"][0]["InstanceId"])
    fleet.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": one} for one in ids])
    CLOCK.advance(0)
    assert fleet.versions(9) == {"1": 3, "2": 3, "blue": 3}
    fleet.ec2.terminate_instances(InstanceIds=ids[:1])
    assert fleet.versions(6) == {"2": 3, "blue": 3}
    assert fleet.health(group)[ids[0]]["State"] == "draining"


def test_a_fleet_answers_once_a_revision_was_brought_to_it_and_with_what_a_refresh_brings(fleet: Door) -> None:
    template, group, delivery = _template(fleet), fleet.group("fleet", TargetType="instance"), Delivery(fleet.cloud)
    fleet.default(forwards(group))
    spec = {"MinSize": 2, "MaxSize": 4, "VPCZoneIdentifier": ",".join(fleet.subnets), "TargetGroupARNs": [group]}
    delivery.autoscaling.create_auto_scaling_group(AutoScalingGroupName="web", **spec, LaunchTemplate={"LaunchTemplateId": template, "Version": "1"})
    CLOCK.advance(10)
    assert [one["Reason"] for one in fleet.health(group).values()] == ["Target.FailedHealthChecks"] * 2
    assert fleet.versions(2) == {"502": 2}
    delivery.group(autoScalingGroups=["web"])
    delivery.deploy(delivery.put("app"))
    assert delivery.group_info()["lastSuccessfulDeployment"]["status"] == "Succeeded"
    CLOCK.advance(30)
    assert fleet.versions(4) == {"1": 4}
    wanted = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": "2"}}
    delivery.autoscaling.start_instance_refresh(AutoScalingGroupName="web", DesiredConfiguration=wanted)
    seen = set()
    for _look in range(20):
        CLOCK.advance(10)
        seen |= set(fleet.versions(2))
        refresh = delivery.autoscaling.describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"][0]
    assert refresh["Status"] == "Successful"
    assert fleet.versions(4) == {"2": 4}
    assert seen == {"1", "2"}
