# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a task definition says apart from its containers, as a shape and as ECS takes it. Pure.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
"""

from __future__ import annotations

import typing as t

from .._core.plan import Refusal
from .._core.plan import Shape
from .container_data import extra_of
from .container_data import from_container
from .container_data import to_container

Raw = dict[str, t.Any]

#: The only kind of task that is kept.
FARGATE, AWSVPC = "FARGATE", "awsvpc"
PLATFORM = {"architecture": "cpuArchitecture", "system": "operatingSystemFamily"}
PLATFORM_DEFAULT = {"architecture": "X86_64", "system": "LINUX"}
#: GiB of storage that a task has unless it asks for more, and what it can ask for (API_EphemeralStorage).
STORAGE, MOST_STORAGE = 20, 200
#: The fields that are managed, and those that AWS adds. Any other of a revision is one that we never make.
FIELDS = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes", "requiresCompatibilities")
FIELDS += ("cpu", "memory", "runtimePlatform", "ephemeralStorage")
ADDED = ("taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt", "registeredBy")
ADDED += ("tags", "family_tags", "family_arn")
#: CPU units, and the MiB of memory that go with them: from, to, in steps of
#: (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size).
SIZES = {
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}
SMALLEST, SMALLEST_MEMORY = 256, (512, 1024, 2048)


def refuse_size(cpu: int, memory: int) -> None:
    """Raise Refusal for a size that Fargate does not have, with those that it has."""
    if cpu == SMALLEST:
        fits, text = memory in SMALLEST_MEMORY, ", ".join(map(str, SMALLEST_MEMORY))
    elif cpu in SIZES:
        least, most, step = SIZES[cpu]
        fits, text = least <= memory <= most and memory % step == 0, f"{least} to {most} in steps of {step}"
    else:
        raise Refusal(f"Fargate has no tasks of {cpu} CPU units; choose one of {', '.join(map(str, [SMALLEST, *SIZES]))}")
    if not fits:
        raise Refusal(f"Fargate has no tasks of {cpu} CPU units and {memory} MiB; with {cpu} units memory is {text}")


def to_shape(raw: Raw, region: str) -> dict[str, t.Any]:
    """A revision as managed keys. ``region`` is that of its logs, unless they say another."""
    platform = raw.get("runtimePlatform", {})
    containers = raw["containerDefinitions"]
    return {
        "cpu": int(raw["cpu"]) if raw.get("cpu") else None,
        "memory": int(raw["memory"]) if raw.get("memory") else None,
        "platform": {key: platform.get(field) or PLATFORM_DEFAULT[key] for key, field in PLATFORM.items()},
        "execution_role_arn": raw.get("executionRoleArn", ""),
        "task_role_arn": raw.get("taskRoleArn", ""),
        "storage": raw.get("ephemeralStorage", {}).get("sizeInGiB", STORAGE),
        "volumes": sorted((_from_volume(one) for one in raw.get("volumes", [])), key=lambda one: one["name"]),
        "containers": sorted((from_container(one, region) for one in containers), key=lambda one: one["name"]),
        "images": {one["name"]: one["image"] for one in containers},
        "extra": _extra(raw),
    }


def _extra(raw: Raw) -> list[str]:
    """What a revision says that ours never do: its field, and of a container the name too."""
    fields = {field for field, value in raw.items() if value and field not in (*FIELDS, *ADDED)}
    fields |= {"networkMode"} if raw.get("networkMode") != AWSVPC else set()
    fields |= {"requiresCompatibilities"} if raw.get("requiresCompatibilities") != [FARGATE] else set()
    fields |= {f"volumes.{one['name']}" for one in raw.get("volumes", []) if set(one) - {"name", "host", "efsVolumeConfiguration"} or one.get("host")}
    return sorted(fields | {extra for one in raw["containerDefinitions"] for extra in extra_of(one)})


def to_spec(shape: Shape, region: str) -> dict[str, t.Any]:
    """Managed keys as RegisterTaskDefinition takes them."""
    images = shape["images"]
    spec = {
        "networkMode": AWSVPC,
        "requiresCompatibilities": [FARGATE],
        "cpu": str(shape["cpu"]),
        "memory": str(shape["memory"]),
        "runtimePlatform": {field: shape["platform"][key] for key, field in PLATFORM.items()},
        "executionRoleArn": shape.get("execution_role_arn"),
        "taskRoleArn": shape.get("task_role_arn"),
        "ephemeralStorage": {"sizeInGiB": shape["storage"]} if shape["storage"] > STORAGE else None,
        "volumes": [_to_volume(one) for one in shape["volumes"]],
        "containerDefinitions": [to_container({**one, "image": images[one["name"]]}, region) for one in shape["containers"]],
    }
    return {field: value for field, value in spec.items() if value not in (None, "")}


def wanted_volume(given: Shape) -> dict[str, t.Any]:
    """A volume as it is given, whole: one that lives as long as its task, or a part of a file system."""
    efs = given.get("efs")
    if not efs:
        return {"name": given["name"]}
    access_point, root = efs.get("access_point_id") or "", efs.get("root_directory") or "/"
    if access_point and root != "/":
        raise Refusal(f"volume {given['name']} has an access point, which says the directory itself; take root_directory out")
    whole = {"file_system_id": efs["file_system_id"], "root_directory": root, "access_point_id": access_point, "iam": bool(efs.get("iam"))}
    return {"name": given["name"], "efs": {**whole, "encrypted": True}}


def _from_volume(raw: Raw) -> dict[str, t.Any]:
    efs = raw.get("efsVolumeConfiguration")
    if not efs:
        return {"name": raw["name"]}
    access = efs.get("authorizationConfig", {})
    return {
        "name": raw["name"],
        "efs": {
            "file_system_id": efs["fileSystemId"],
            "root_directory": efs.get("rootDirectory") or "/",
            "access_point_id": access.get("accessPointId", ""),
            "iam": access.get("iam") == "ENABLED",
            "encrypted": efs.get("transitEncryption") == "ENABLED",
        },
    }


def _to_volume(volume: Shape) -> Raw:
    """Between task and file system the way is always encrypted, which access points and IAM ask for."""
    efs = volume.get("efs")
    if not efs:
        return {"name": volume["name"]}
    access = {"accessPointId": efs["access_point_id"]} if efs["access_point_id"] else {}
    config = {"fileSystemId": efs["file_system_id"], "rootDirectory": efs["root_directory"], "transitEncryption": "ENABLED"}
    authorization = {**access, "iam": "ENABLED" if efs["iam"] else "DISABLED"}
    return {"name": volume["name"], "efsVolumeConfiguration": {**config, "authorizationConfig": authorization}}
