# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: the public images that SSM's public parameters name. Each is made when it is first asked for, so that an account costs nothing."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.amis import Ami
from moto.ssm.models import Parameter, ParameterDict, ssm_backends

from ..call import Call
from ..ec2_kinds import backend_of
from . import before, patch

_AMAZON_LINUX = "/aws/service/ami-amazon-linux-latest/"


@dataclass(frozen=True)
class PublicImage:
    """What is behind a public parameter: the image's name, owner and root device, and the GiB of its snapshot."""

    name: str
    owner: str
    root_device: str
    size: int


#: The parameters that moto has not, by their names: Canonical's and AWS's own pages on finding images by SSM.
PARAMETERS = {
    "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id":
        PublicImage("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server", "099720109477", "/dev/sda1", 8),
    "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id":
        PublicImage("Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04)", "898082745236", "/dev/sda1", 60),
}  # fmt: skip


def release(account: str, region: str, name: str) -> str:
    """A new image behind a public parameter, as AWS publishes them every week or two; return its id."""
    versions = dict.setdefault(ssm_backends[account][region]._parameters, name, [])
    version = len(versions) + 1
    image = "ami-" + hashlib.sha256(f"{region} {name} {version}".encode()).hexdigest()[:17]
    versions.append(
        Parameter(
            account_id=account,
            name=name,
            value=image,
            parameter_type="String",
            description=None,
            allowed_pattern=None,
            keyid=None,
            last_modified_date=utcnow(),
            version=version,
            data_type="aws:ec2:image",
        )
    )
    return image


@patch("ssm", "GetParameter", "GetParameters", adds="the public parameters of Ubuntu 22.04 and of the Deep Learning GPU image",
       source="Canonical, \"Find Ubuntu images on AWS\"; DLAMI developer guide, find-dlami-id")  # fmt: skip
def public_parameters() -> None:
    first = ParameterDict._check_loading_status

    def check_loading_status(self: Any, key: str) -> None:
        first(self, key)
        if key in PARAMETERS and not dict.get(self, key):
            release(self.account_id, self.region_name, key)

    ParameterDict._check_loading_status = check_loading_status


@patch("ec2", "DescribeImages", adds="a public image's root device has the size of its snapshot", source="API_EbsBlockDevice: VolumeSize")
def images_have_a_size() -> None:
    def mappings(self: Any) -> list[dict[str, Any]]:
        volume = {"SnapshotId": self.ebs_snapshot.id, "VolumeSize": root_size(self), "DeleteOnTermination": True, "VolumeType": "gp3"}
        return [{"DeviceName": self.root_device_name, "Ebs": volume}]

    Ami.block_device_mappings = property(mappings)


def root_size(image: Ami) -> int:
    """The GiB of the snapshot that an image's root volume is made from."""
    return getattr(image, "root_size", 8)


@before("ec2", "DescribeImages", "RunInstances", "CreateLaunchTemplate", "CreateLaunchTemplateVersion",
        adds="the image behind a public parameter is there as soon as it is named", source="EC2 user guide, finding-an-ami")  # fmt: skip
def publish(call: Call) -> None:
    backend = backend_of(call)
    for image in (one for one in call.resources() if one.startswith("ami-") and one not in backend.amis):
        if public := _behind(call, image):
            backend.amis[image] = _made(backend, image, *public)


def _behind(call: Call, image: str) -> tuple[str, PublicImage] | None:
    """The public parameter that names an image, in its newest version or an older one, and what is behind it."""
    parameters = ssm_backends[call.account][call.region]._parameters
    parameters._check_loading_status(_AMAZON_LINUX)
    for name in [*PARAMETERS, *(name for name in list(parameters) if name.startswith(_AMAZON_LINUX))]:
        if image in [one.value for one in dict.get(parameters, name, [])]:
            linux = PublicImage(name.removeprefix(_AMAZON_LINUX), "137112412989", "/dev/xvda", 8)
            return name, PARAMETERS.get(name, linux)
    return None


def _made(backend: Any, image: str, parameter: str, public: PublicImage) -> Ami:
    made = Ami(
        backend,
        image,
        name=public.name,
        owner_id=public.owner,
        owner_alias="amazon",
        public=True,
        virtualization_type="hvm",
        architecture="arm64" if "arm64" in parameter else "x86_64",
        hypervisor="xen",
        root_device_type="ebs",
        root_device_name=public.root_device,
        boot_mode="uefi-preferred",
    )
    made.root_size = public.size
    return made
