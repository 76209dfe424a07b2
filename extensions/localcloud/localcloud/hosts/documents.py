# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Session documents: those of AWS, and what comes of one with its parameters.

The texts of AWS's own are rebuilt from what the agent does with them. https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SHELL, INTERACTIVE, NON_INTERACTIVE, PORT = "Standard_Stream", "InteractiveCommands", "NonInteractiveCommands", "Port"
SESSION_TYPES = (SHELL, INTERACTIVE, NON_INTERACTIVE, PORT)
#: The document of the account's preferences, which is also the one that a session without a document has.
PREFERENCES = "SSM-SessionManagerRunShell"
#: Minutes.
IDLE_DEFAULT = 20
_PREFIX = r"^[0-9a-zA-Z\r\n_:-]{0,30}$"
_PLACE = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")


def _parameter(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "String", "description": description, **more}


_COMMAND = {"command": _parameter("The command to run on the node")}
_PORTS = "^([1-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$"
_PORT_NUMBER = _parameter("The port on the node", default="22", allowedPattern=_PORTS)
_SEPARATION = {
    "separateOutputStream": _parameter("Whether the two outputs come apart", default="False", allowedValues=["True", "False"]),
    "stdOutSeparatorPrefix": _parameter("What standard output begins with", default="", allowedPattern=_PREFIX),
    "stdErrSeparatorPrefix": _parameter("What standard error begins with", default="", allowedPattern=_PREFIX),
}
AWS_OWNED: dict[str, dict[str, Any]] = {
    "AWS-StartInteractiveCommand": {
        "schemaVersion": "1.0",
        "description": "Document to run single interactive command on an instance",
        "sessionType": INTERACTIVE,
        "parameters": _COMMAND,
        "properties": {"linux": {"commands": "{{command}}", "runAsElevated": False}},
    },
    "AWS-StartNonInteractiveCommand": {
        "schemaVersion": "1.0",
        "description": "Document to run single non interactive command on an instance",
        "sessionType": NON_INTERACTIVE,
        "parameters": _COMMAND | _SEPARATION,
        "properties": {"linux": {"commands": "{{command}}", "runAsElevated": False, **{name: f"{{{{{name}}}}}" for name in _SEPARATION}}},
    },
    "AWS-StartSSHSession": {
        "schemaVersion": "1.0",
        "description": "Document to start SSH session",
        "sessionType": PORT,
        "parameters": {"portNumber": _PORT_NUMBER},
        "properties": {"portNumber": "{{portNumber}}"},
    },
}
_SHELL_DEFAULT = {"schemaVersion": "1.0", "sessionType": SHELL, "inputs": {}}


class BadDocument(ValueError):
    """What is no session document; says why."""


class BadParameters(ValueError):
    """What a document does not take as parameters; says why."""


@dataclass(frozen=True)
class Task:
    """What an agent is told to do. `run_as` None is the agent's own user `ssm-user`, `kms_key` None is no encryption."""

    session_type: str
    command: str = ""
    elevated: bool = False
    run_as: str | None = None
    separate: bool = False
    stdout_prefix: bytes = b""
    stderr_prefix: bytes = b""
    profile: str = ""
    port: int = 0
    kms_key: str | None = None
    properties: Any = None

    @property
    def on_a_terminal(self) -> bool:
        return self.session_type in (SHELL, INTERACTIVE)


@dataclass(frozen=True)
class Preferences:
    """Minutes that a session may be idle, and may last at most (None: as long as it likes)."""

    idle: float = IDLE_DEFAULT
    duration: float | None = None


def check_document(content: Any) -> dict[str, Any]:
    """A session document as it was given, if it is one. Raises BadDocument."""
    if not isinstance(content, Mapping) or str(content.get("schemaVersion")) != "1.0":
        raise BadDocument("a session document has the schemaVersion 1.0")
    if content.get("sessionType") not in SESSION_TYPES:
        raise BadDocument(f"sessionType must be one of {', '.join(SESSION_TYPES)}")
    for part in ("inputs", "parameters", "properties"):
        if not isinstance(content.get(part) or {}, Mapping):
            raise BadDocument(f"{part} must be a mapping")
    return dict(content)


def preferences(content: Mapping[str, Any] | None) -> Preferences:
    """What the account prefers, by the content of its document."""
    inputs = (content or _SHELL_DEFAULT).get("inputs") or {}
    idle, duration = inputs.get("idleSessionTimeout"), inputs.get("maxSessionDuration")
    return Preferences(float(idle) if idle else IDLE_DEFAULT, float(duration) if duration else None)


def task_of(content: Mapping[str, Any] | None, given: Mapping[str, list[str]]) -> Task:
    """What a document says with its parameters; None is the account's shell. Raises BadParameters and, for what cannot be had here,
    NotImplementedError."""
    content = content or _SHELL_DEFAULT
    values = _values(content.get("parameters") or {}, given)
    properties, inputs = _filled(content.get("properties") or {}, values), content.get("inputs") or {}
    linux = properties.get("linux") or {} if isinstance(properties, Mapping) else {}
    if content["sessionType"] == PORT and (properties.get("type") == "LocalPortForwarding" or properties.get("host")):
        raise NotImplementedError("port forwarding of many connections")
    return Task(
        session_type=content["sessionType"],
        command=linux.get("commands") or "",
        elevated=_true(linux.get("runAsElevated")),
        run_as=(inputs.get("runAsDefaultUser") or None) if _true(inputs.get("runAsEnabled")) else None,
        separate=_true(linux.get("separateOutputStream")),
        stdout_prefix=(linux.get("stdOutSeparatorPrefix") or "").encode(),
        stderr_prefix=(linux.get("stdErrSeparatorPrefix") or "").encode(),
        profile=(inputs.get("shellProfile") or {}).get("linux") or "",
        port=int(properties.get("portNumber") or 0) if content["sessionType"] == PORT else 0,
        kms_key=inputs.get("kmsKeyId") or None,
        properties=properties if content["sessionType"] == PORT else None,
    )


def _true(value: Any) -> bool:
    return str(value).lower() == "true"


def _values(known: Mapping[str, Any], given: Mapping[str, list[str]]) -> dict[str, str]:
    if unknown := set(given) - set(known):
        raise BadParameters(f"Parameters {sorted(unknown)} provided are not supported by the document.")
    values = {}
    for name, rule in known.items():
        said = given.get(name)
        if said is None and "default" not in rule:
            raise BadParameters(f"The parameter {name} is required by the document.")
        value = str(rule["default"]) if said is None else ",".join(said)
        if rule.get("type") != "StringList" and said is not None and len(said) != 1:
            raise BadParameters(f"The parameter {name} takes one value.")
        if "allowedValues" in rule and value not in rule["allowedValues"]:
            raise BadParameters(f"The parameter {name} must be one of {', '.join(rule['allowedValues'])}.")
        if "allowedPattern" in rule and not re.fullmatch(rule["allowedPattern"].removeprefix("^").removesuffix("$"), value):
            raise BadParameters(f"The parameter {name} must match {rule['allowedPattern']}.")
        values[name] = value
    return values


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    """Parameters put in their places; what is put in is not looked at again."""
    if isinstance(part, Mapping):
        return {key: _filled(value, values) for key, value in part.items()}
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), part) if isinstance(part, str) else part
