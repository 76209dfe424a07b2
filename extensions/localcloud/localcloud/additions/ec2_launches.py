# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: what RunInstances refuses, dry or not, given one by one or by a launch template."""
from __future__ import annotations

from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from ..call import Call
from ..ec2_kinds import backend_of, found
from ..replies import AwsError
from . import before
from .ec2_images import root_size
from .ec2_launch_templates import version_of

#: "User data is limited to 16 KB, in raw form, before it is base64-encoded", EC2 user guide, user-data
USER_DATA_LIMIT = 16384


@before("ec2", "RunInstances", adds="image, type, profile, groups and subnet exist and suit each other, the type is offered in the zone, the root "
        "volume holds the image, user data has 16 KB at most; by launch template too", source="API_RunInstances; EC2 error codes")  # fmt: skip
def launch_what_exists(call: Call) -> None:
    asked = _asked(call)
    image = _image(call, asked)
    kind = asked.get("InstanceType", "m1.small")
    _type(kind, image)
    _profile(call, asked.get("IamInstanceProfile", {}))
    groups = [found(call, group) for group in asked.get("SecurityGroupIds", [])]
    if subnet_id := asked.get("SubnetId"):
        subnet = found(call, subnet_id)
        _offered(call, kind, subnet.availability_zone)
        for group in (one for one in groups if one.vpc_id != subnet.vpc_id):
            text = f"Security group {group.id} and subnet {subnet_id} belong to different networks."
            raise AwsError("InvalidParameter", text)
    _volumes(image, asked.get("BlockDeviceMappings", []))
    _user_data(asked.get("UserData"))


def _asked(call: Call) -> dict[str, Any]:
    """The parameters of the launch: those of the call over those of its launch template."""
    if not (template := call.params.get("LaunchTemplate")):
        return call.params
    return {**version_of(call, template).data, **call.params}


def _image(call: Call, asked: dict[str, Any]) -> Any:
    if not (image := asked.get("ImageId")):
        raise AwsError("MissingParameter", "The request must contain the parameter ImageId")
    if image not in backend_of(call).amis:
        raise AwsError("InvalidAMIID.NotFound", f"The image id '[{image}]' does not exist")
    return backend_of(call).amis[image]


def _type(kind: str, image: Any) -> None:
    if kind not in INSTANCE_TYPES:
        raise AwsError("InvalidParameterValue", f"Invalid value '{kind}' for InstanceType.")
    built_for = INSTANCE_TYPES[kind].get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    if image.architecture not in built_for:
        text = f"The architecture '{','.join(built_for)}' of the specified instance type does not match the architecture "
        raise AwsError("InvalidParameterValue", f"{text}'{image.architecture}' of the specified AMI.")


def _offered(call: Call, kind: str, zone: str) -> None:
    offers = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(call.region, [])
    zones = sorted(offer["Location"] for offer in offers if offer["InstanceType"] == kind)
    if zone not in zones:
        text = f"Your requested instance type ({kind}) is not supported in your requested Availability Zone ({zone}). "
        advice = "Please retry your request by not specifying an Availability Zone or choosing "
        raise AwsError("Unsupported", f"{text}{advice}{', '.join(zones)}.")


def _profile(call: Call, profile: dict[str, str]) -> None:
    profiles = iam_backends[call.account][get_partition(call.region)].instance_profiles.values()
    for field, attribute in (("Name", "name"), ("Arn", "arn")):
        if not (value := profile.get(field)):
            continue
        one = next((one for one in profiles if getattr(one, attribute) == value), None)
        if one is None:
            text = f"Value ({value}) for parameter iamInstanceProfile.{field.lower()} is invalid. Invalid IAM Instance Profile {field.lower()}"
            raise AwsError("InvalidParameterValue", text)
        if not one.roles:
            text = f"Value ({value}) for parameter iamInstanceProfile.{field.lower()} is invalid. IAM Instance Profile has no associated IAM Roles"
            raise AwsError("InvalidParameterValue", text)


def _volumes(image: Any, mappings: list[dict[str, Any]]) -> None:
    for mapping in mappings:
        size, least = mapping.get("Ebs", {}).get("VolumeSize"), root_size(image)
        if mapping.get("DeviceName") == image.root_device_name and size and int(size) < least:
            text = f"Volume of size {size}GB is smaller than snapshot '{image.ebs_snapshot.id}', expect size >= {least}GB"
            raise AwsError("InvalidBlockDeviceMapping", text)


def _user_data(encoded: Any) -> None:
    if len(str(encoded or "").rstrip("=")) * 3 // 4 > USER_DATA_LIMIT:
        raise AwsError("InvalidParameterValue", f"User data is limited to {USER_DATA_LIMIT} bytes")
