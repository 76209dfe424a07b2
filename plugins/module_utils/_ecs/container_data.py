# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A container of a task definition, as a shape and as ECS takes it. Pure.

A shape names what differs from ECS's defaults, and its image apart: that belongs to deploys.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
"""

from __future__ import annotations

import typing as t

from .._core.plan import Shape

Raw = dict[str, t.Any]

#: What needs no turning: our key, and ECS's field.
PLAIN = {
    "command": "command",
    "entry_point": "entryPoint",
    "working_directory": "workingDirectory",
    "read_only_root": "readonlyRootFilesystem",
    "user": "user",
    "stop_timeout": "stopTimeout",
}
#: Parts of the elements of lists: our keys and ECS's fields, and what a part is where nothing is said.
MOUNT = {"volume": ("sourceVolume", None), "path": ("containerPath", None), "read_only": ("readOnly", False)}
LIMIT = {"name": ("name", None), "soft": ("softLimit", None), "hard": ("hardLimit", None)}
DEPENDENCY = {"container": ("containerName", None), "condition": ("condition", None)}
LISTS = {"mounts": ("mountPoints", MOUNT), "limits": ("ulimits", LIMIT), "depends_on": ("dependsOn", DEPENDENCY)}
#: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html: the defaults.
HEALTH = {
    "command": ("command", None),
    "interval": ("interval", 30),
    "timeout": ("timeout", 5),
    "retries": ("retries", 3),
    "start_period": ("startPeriod", 0),
}
AWSLOGS, GROUP, PREFIX, REGION = "awslogs", "awslogs-group", "awslogs-stream-prefix", "awslogs-region"
#: The fields that are managed; of the others that AWS fills in, these are nothing that was asked for.
FIELDS = (*PLAIN.values(), *(field for field, _parts in LISTS.values()))
FIELDS += ("name", "image", "essential", "portMappings", "environment", "secrets", "logConfiguration", "healthCheck", "linuxParameters")


def wanted_container(given: Shape) -> dict[str, t.Any]:
    """A container as it is given, without its image and without what is as ECS has it by itself."""
    lists = {key: _sorted({name: _or(one.get(name), default) for name, (_field, default) in parts.items()} for one in given.get(key) or [])
             for key, (_list, parts) in LISTS.items()}  # fmt: skip
    health, log = given.get("health_check"), given.get("log")
    return _without_defaults(
        {
            **{key: given.get(key) for key in ("name", "port", "init", *PLAIN)},
            **lists,
            "essential": given.get("essential", True),
            "environment": {name: _text(value) for name, value in (given.get("environment") or {}).items()},
            "secrets": dict(given.get("secrets") or {}),
            "health_check": {key: _or(health.get(key), default) for key, (_field, default) in HEALTH.items()} if health else None,
            "log": {"group": log["group"], "prefix": log["prefix"], "options": _texts(log.get("options"))} if log else None,
        }
    )


def from_container(raw: Raw, region: str) -> dict[str, t.Any]:
    lists = {key: _sorted(_from_parts(one, parts) for one in raw.get(field) or []) for key, (field, parts) in LISTS.items()}
    health, ports = raw.get("healthCheck"), raw.get("portMappings") or []
    return _without_defaults(
        {
            **{key: raw.get(field) for key, field in PLAIN.items()},
            **lists,
            "name": raw["name"],
            "essential": raw.get("essential", True),
            "port": ports[0].get("containerPort") if ports else None,
            "init": raw.get("linuxParameters", {}).get("initProcessEnabled"),
            "environment": {one["name"]: one["value"] for one in raw.get("environment") or []},
            "secrets": {one["name"]: one["valueFrom"] for one in raw.get("secrets") or []},
            "health_check": _from_parts(health, HEALTH) if health else None,
            "log": _from_log(raw.get("logConfiguration"), region),
        }
    )


def to_container(shape: Shape, region: str) -> Raw:
    """``shape`` with its image. ``region`` is that of its log."""
    health, log = shape.get("health_check"), shape.get("log")
    logged = {GROUP: log["group"], PREFIX: log["prefix"], REGION: region, **log["options"]} if log else None
    raw = {
        **{field: shape.get(key) for key, field in PLAIN.items()},
        **{field: [_to_parts(one, parts) for one in shape.get(key, [])] for key, (field, parts) in LISTS.items()},
        "name": shape["name"],
        "image": shape["image"],
        "portMappings": [{"containerPort": shape["port"], "protocol": "tcp"}] if shape.get("port") else None,
        "environment": [{"name": name, "value": value} for name, value in sorted(shape.get("environment", {}).items())],
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in sorted(shape.get("secrets", {}).items())],
        "linuxParameters": {"initProcessEnabled": True} if shape.get("init") else None,
        "healthCheck": _to_parts(health, HEALTH) if health else None,
        "logConfiguration": {"logDriver": AWSLOGS, "options": logged} if log else None,
    }
    return {"essential": shape["essential"]} | {field: value for field, value in raw.items() if value}


def extra_of(raw: Raw) -> set[str]:
    """What a container says that ours never do."""
    ports, log, linux = raw.get("portMappings") or [], raw.get("logConfiguration") or {}, raw.get("linuxParameters") or {}
    odd = {field for field, value in raw.items() if value and field not in FIELDS}
    odd |= {"portMappings"} if len(ports) > 1 or any(one.get("protocol", "tcp") != "tcp" or "containerPort" not in one for one in ports) else set()
    odd |= {"logConfiguration"} if log and (log["logDriver"] != AWSLOGS or log.get("secretOptions")) else set()
    odd |= {"linuxParameters"} if any(value for field, value in linux.items() if field != "initProcessEnabled") else set()
    return {f"{raw['name']}.{field}" for field in odd}


def log_of(raw: Raw, container: str) -> tuple[str, str] | None:
    """The log group of a container of a task definition, and how its streams begin; None where it has none that CloudWatch keeps.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html: a stream is prefix/container/task
    """
    found = next((one for one in raw.get("containerDefinitions", []) if one["name"] == container), {})
    options = found.get("logConfiguration", {}).get("options", {})
    return (options[GROUP], f"{options[PREFIX]}/{container}/") if GROUP in options and PREFIX in options else None


def _from_log(raw: Raw | None, region: str) -> dict[str, t.Any] | None:
    options = (raw or {}).get("options") or {}
    if not options:
        return None
    others = {name: value for name, value in options.items() if name not in (GROUP, PREFIX) and (name, value) != (REGION, region)}
    return {"group": options.get(GROUP, ""), "prefix": options.get(PREFIX, ""), "options": others}


def _from_parts(raw: Raw, parts: dict[str, tuple[str, t.Any]]) -> dict[str, t.Any]:
    return {key: _or(raw.get(field), default) for key, (field, default) in parts.items()}


def _to_parts(shape: Shape, parts: dict[str, tuple[str, t.Any]]) -> Raw:
    return {field: shape[key] for key, (field, default) in parts.items() if shape[key] != default or default is None}


def _or(value: t.Any, default: t.Any) -> t.Any:
    return default if value is None else value


def _sorted(elements: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    return sorted(elements, key=lambda one: [str(value) for value in one.values()])


def _texts(values: Shape | None) -> dict[str, str]:
    return {name: _text(value) for name, value in (values or {}).items()}


def _text(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _without_defaults(shape: dict[str, t.Any]) -> dict[str, t.Any]:
    return {key: value for key, value in shape.items() if value not in (None, "", False, [], {}, 0) or key == "essential"}
