# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: launch templates."""

from __future__ import annotations

import base64
import json
import typing as t

from .case import Case
from .case import Ids
from .case import TAGS
from .ec2 import tables_and_groups
from .ec2 import tagged

LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
UBUNTU = "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)
KMS_KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"


def a_profile(aws: t.Any, name: str) -> None:
    aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    aws.iam.create_instance_profile(InstanceProfileName=name)
    aws.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)


def what_is_launched(aws: t.Any) -> Ids:
    """A network with groups, two images and two profiles."""
    for name in ("web", "till"):
        a_profile(aws, name)
    images = {name: aws.ssm.get_parameter(Name=path)["Parameter"]["Value"] for name, path in (("linux", LINUX), ("ubuntu", UBUNTU))}
    return {**tables_and_groups(aws), **images}


def template(ids: Ids, **changes: t.Any) -> dict[str, t.Any]:
    return {
        "name": "shop-web",
        "image": ids["linux"],
        "instance_type": "t3.micro",
        "instance_profile": "web",
        "security_group_ids": [ids["group"]],
        "root_volume": {"size": 20, "iops": 4000},
        "user_data": "#!/bin/sh\necho one\n",
        "detailed_monitoring": True,
        "ebs_optimized": True,
        "instance_tags": TAGS,
        "dry_run_subnet_id": ids["one"],
        **changes,
    }


def another(ids: Ids) -> dict[str, t.Any]:
    """All that can be changed, changed."""
    return template(
        ids,
        image=ids["ubuntu"],
        instance_type="t3.small",
        instance_profile="till",
        security_group_ids=[ids["group"], ids["group2"]],
        root_volume={"size": 30, "throughput": 250, "kms_key_id": KMS_KEY},
        metadata_hop_limit=2,
        user_data="#!/bin/sh\necho two\n",
        detailed_monitoring=False,
        ebs_optimized=False,
        instance_tags={"team": "till"},
        tags=TAGS,
    )


def drifted(description: str = "", **changes: t.Any) -> t.Callable[[t.Any, str, Ids], None]:
    """Somebody made a version of their own, and the default. A change is a value, or what makes one of what stands and the ids."""

    def change(aws: t.Any, id: str, ids: Ids) -> None:
        found = aws.ec2.describe_launch_template_versions(LaunchTemplateId=id, Versions=["$Default"])["LaunchTemplateVersions"][0]
        data = found["LaunchTemplateData"]
        new = {field: value(data.get(field), ids) if callable(value) else value for field, value in changes.items()}
        made = aws.ec2.create_launch_template_version(
            LaunchTemplateId=id, VersionDescription=description or found["VersionDescription"], LaunchTemplateData={**data, **new}
        )
        aws.ec2.modify_launch_template(LaunchTemplateId=id, DefaultVersion=str(made["LaunchTemplateVersion"]["VersionNumber"]))

    return change


def smaller_and_open(mappings: list[dict], ids: Ids) -> list[dict]:
    ebs = {field: value for field, value in mappings[0]["Ebs"].items() if field != "Iops"}
    return [{**mappings[0], "Ebs": {**ebs, "Encrypted": False, "VolumeSize": 10}}]


CASES = [
    Case(
        "ec2_launch_template",
        what_is_launched,
        template,
        another,
        ("CreateLaunchTemplate",),
        {
            "image": drifted(ImageId=lambda _image, ids: ids["ubuntu"]),
            "image_source": drifted("by hand"),
            "instance_type": drifted(InstanceType="t3.large"),
            "instance_profile": drifted(IamInstanceProfile={"Arn": "arn:aws:iam::123456789012:instance-profile/admin"}),
            "security_group_ids": drifted(SecurityGroupIds=lambda groups, ids: [*groups, ids["group2"]]),
            "root_volume": drifted(BlockDeviceMappings=smaller_and_open),
            "metadata_hop_limit": drifted(MetadataOptions=lambda options, _ids: {**options, "HttpPutResponseHopLimit": 5}),
            "metadata": drifted(MetadataOptions=lambda options, _ids: {**options, "HttpTokens": "optional", "InstanceMetadataTags": "enabled"}),
            "user_data": drifted(UserData=base64.b64encode(b"\x1f\x8b packed").decode()),
            "detailed_monitoring": drifted(Monitoring={"Enabled": False}),
            "ebs_optimized": drifted(EbsOptimized=False),
            "instance_tags": drifted(TagSpecifications=lambda specifications, _ids: specifications[:1]),
            "extra": drifted(KeyName="mine"),
            "tags": tagged,
        },
        {},
    ),
]
