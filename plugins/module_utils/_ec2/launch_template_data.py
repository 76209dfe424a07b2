# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a launch template says, as a shape and as AWS takes it. Pure.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html
"""

from __future__ import annotations

import base64
import typing as t

from .._aws import tag_dict
from .._aws import tag_list
from .._core.plan import Shape

#: What a launch makes, and what is tagged with it.
TAGGED = ("instance", "network-interface", "volume")
#: How instances are asked about themselves: by session tokens only, and not about their tags. Never otherwise
#: (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html).
METADATA = {"http_endpoint": "enabled", "http_tokens": "required", "instance_metadata_tags": "disabled"}
METADATA_FIELDS = {"http_endpoint": "HttpEndpoint", "http_tokens": "HttpTokens", "instance_metadata_tags": "InstanceMetadataTags"}
VOLUME_FIELDS = {
    "size": "VolumeSize",
    "type": "VolumeType",
    "encrypted": "Encrypted",
    "kms_key_id": "KmsKeyId",
    "iops": "Iops",
    "throughput": "Throughput",
    "delete_on_termination": "DeleteOnTermination",
}
#: The fields that are managed. Any other of a template is one that we never make: a key pair, a public address.
FIELDS = (
    "ImageId",
    "InstanceType",
    "IamInstanceProfile",
    "SecurityGroupIds",
    "BlockDeviceMappings",
    "MetadataOptions",
    "UserData",
    "Monitoring",
    "TagSpecifications",
    "EbsOptimized",
)
#: Marks user data that is no text, and is kept as it stands.
BINARY = "base64:"


def to_shape(data: dict[str, t.Any]) -> dict[str, t.Any]:
    """A version's data as managed keys."""
    profile, options = data.get("IamInstanceProfile", {}), data.get("MetadataOptions", {})
    mappings = data.get("BlockDeviceMappings", [])
    extra = {field for field, value in data.items() if value and field not in FIELDS} | ({"BlockDeviceMappings"} if len(mappings) > 1 else set())
    ipv6 = {"http_protocol_ipv6": "enabled"} if options.get("HttpProtocolIpv6") == "enabled" else {}
    return {
        "image": data.get("ImageId"),
        "instance_type": data.get("InstanceType"),
        "instance_profile": profile.get("Name") or profile.get("Arn", "").rpartition("/")[2],
        "security_group_ids": sorted(data.get("SecurityGroupIds", [])),
        "root_volume": _volume(mappings[0]) if mappings else {},
        "metadata_hop_limit": options.get("HttpPutResponseHopLimit"),
        "metadata": {key: options.get(field) for key, field in METADATA_FIELDS.items()} | ipv6,
        "user_data": _decoded(data.get("UserData")),
        "detailed_monitoring": data.get("Monitoring", {}).get("Enabled"),
        "ebs_optimized": data.get("EbsOptimized"),
        "instance_tags": _tags(data.get("TagSpecifications", [])),
        "extra": sorted(extra),
    }


def to_data(shape: Shape) -> dict[str, t.Any]:
    """Managed keys as AWS takes them."""
    volume, options = shape["root_volume"], {field: shape["metadata"][key] for key, field in METADATA_FIELDS.items()}
    ebs = {field: volume[key] for key, field in VOLUME_FIELDS.items() if key in volume}
    data = {
        "ImageId": shape["image"],
        "InstanceType": shape["instance_type"],
        "IamInstanceProfile": {"Name": shape["instance_profile"]} if shape["instance_profile"] else None,
        "SecurityGroupIds": shape["security_group_ids"],
        "BlockDeviceMappings": [{"DeviceName": volume["device"], "Ebs": ebs}],
        "MetadataOptions": {**options, "HttpPutResponseHopLimit": shape["metadata_hop_limit"]},
        "UserData": _encoded(shape.get("user_data")),
        "Monitoring": None if shape.get("detailed_monitoring") is None else {"Enabled": shape["detailed_monitoring"]},
        "EbsOptimized": shape.get("ebs_optimized"),
        "TagSpecifications": [{"ResourceType": kind, "Tags": tag_list(shape["instance_tags"])} for kind in TAGGED],
    }
    return {field: value for field, value in data.items() if value is not None}


def to_launch(shape: Shape) -> dict[str, t.Any]:
    """Managed keys as RunInstances takes them; the SDK encodes its user data by itself."""
    data = to_data(shape)
    return data | ({"UserData": base64.b64decode(data["UserData"])} if "UserData" in data else {})


def _volume(mapping: dict[str, t.Any]) -> dict[str, t.Any]:
    ebs = mapping.get("Ebs", {})
    return {"device": mapping.get("DeviceName")} | {key: ebs[field] for key, field in VOLUME_FIELDS.items() if ebs.get(field) is not None}


def _tags(specifications: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    """The tags that all that is launched gets; tags by kind, where the kinds differ."""
    by_kind = {one["ResourceType"]: tag_dict(one.get("Tags")) for one in specifications}
    first = by_kind.get(TAGGED[0], {})
    return first if all(by_kind.get(kind, {}) == first for kind in {*TAGGED, *by_kind}) else by_kind


def _decoded(encoded: str | None) -> str | None:
    if not encoded:
        return None
    try:
        return base64.b64decode(encoded).decode()
    except UnicodeDecodeError:
        return BINARY + encoded


def _encoded(text: str | None) -> str | None:
    if not text:
        return None
    return text.removeprefix(BINARY) if text.startswith(BINARY) else base64.b64encode(text.encode()).decode()
