# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service Quotas tells the numbers that the dials set, and EC2 keeps to those of vCPUs."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import additions, LocalCloud
from localcloud.additions.service_quotas import KNOWN
from .conftest import client_of

IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
Launch = Callable[..., Any]


def told(cloud: LocalCloud, service: str, code: str) -> Any:
    return client_of(cloud.endpoint, "service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]


@pytest.fixture
def launch(cloud: LocalCloud, ec2: Any) -> Launch:
    additions.load()
    image = client_of(cloud.endpoint, "ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
    return lambda kind, count=1, **more: ec2.run_instances(ImageId=image, InstanceType=kind, MinCount=count, MaxCount=count, **more)


def refusal(launch: Launch, *what: Any, **more: Any) -> str:
    with pytest.raises(ClientError) as refused:
        launch(*what, **more)
    return refused.value.response["Error"]["Code"]


@pytest.mark.parametrize(("service", "code"), KNOWN)
def test_each_code_tells_its_dial(cloud: LocalCloud, service: str, code: str) -> None:
    additions.load()
    cloud.dials.quotas = {KNOWN[service, code][0]: 7}
    quota = told(cloud, service, code)
    assert (quota["ServiceCode"], quota["QuotaCode"], quota["Value"], quota["Adjustable"]) == (service, code, 7.0, True)
    assert quota["QuotaArn"] == f"arn:aws:servicequotas:eu-west-1:123456789012:{service}/{code}"


def test_a_code_of_nothing_is_not_there(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError) as refused:
        told(cloud, "ec2", "L-F678F1CE")
    assert refused.value.response["Error"]["Code"] == "NoSuchResourceException"


def test_a_launch_keeps_to_the_vcpus_of_its_class(cloud: LocalCloud, launch: Launch, ec2: Any) -> None:
    cloud.dials.quotas = {"vcpus": 4, "gpu_vcpus": 4}
    launch("g4dn.xlarge")
    first = launch("t3.micro")["Instances"][0]["InstanceId"]
    assert refusal(launch, "m5.large", 2) == "VcpuLimitExceeded"
    assert refusal(launch, "g4dn.xlarge") == "VcpuLimitExceeded"
    launch("m5.large")
    assert refusal(launch, "t3.micro") == "VcpuLimitExceeded"
    ec2.terminate_instances(InstanceIds=[first])
    launch("t3.micro")


def test_a_template_says_the_type_too(cloud: LocalCloud, launch: Launch, ec2: Any) -> None:
    cloud.dials.quotas = {"vcpus": 0}
    image = client_of(cloud.endpoint, "ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"})
    with pytest.raises(ClientError, match="VcpuLimitExceeded"):
        ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "web"}, MinCount=1, MaxCount=1)
