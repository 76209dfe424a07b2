# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What CodeDeploy's agent would say of a revision, read from the bundle itself; no script of it is ever run.

A script whose last line is `exit 3` fails with 3, and what it echoes is its log: so a test says which hook fails, and how.
Words of the agent: https://github.com/aws/aws-codedeploy-agent, lib/instance_agent/plugins/codedeploy.
"""
from __future__ import annotations

import io
import re
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from ..call import Call

DOWNLOAD, INSPECT = "DownloadBundle", "BeforeInstall"
# Whose scripts are the revision's own; those of ApplicationStop are the one's before.
HOOKS = ("BeforeInstall", "AfterInstall", "ApplicationStart", "ValidateService", "BeforeAllowTraffic", "AfterAllowTraffic")
_EXIT = re.compile(r"exit\s+(\d+)$")
_ECHO = re.compile(r"""echo\s+["']?(.*?)["']?(\s*>&2)?$""")


@dataclass(frozen=True)
class Failure:
    """The hook that fails on an instance, and its diagnostics as the API has them."""

    event: str
    diagnostics: dict[str, str]


def _failure(event: str, code: str, message: str, script: str = "", log: str = "") -> Failure:
    return Failure(event, {"errorCode": code, "scriptName": script, "message": message, "logTail": log})


def verdict(call: Call, revision: dict[str, Any]) -> Failure | None:
    """Where a deployment of a revision fails, or None where every hook succeeds."""
    where = revision["s3Location"]
    try:
        read = _open(_object(call, where), where.get("bundleType", "zip"))
    except (LookupError, ValueError) as problem:
        return _failure(DOWNLOAD, "UnknownError", str(problem.args[0]))
    spec = read("appspec.yml") or read("appspec.yaml")
    if spec is None:
        text = 'The CodeDeploy agent did not find an AppSpec file within the unpacked revision directory at revision-relative path "appspec.yml".'
        return _failure(INSPECT, "UnknownError", text)
    try:
        hooks = yaml.safe_load(spec).get("hooks") or {}
    except (yaml.YAMLError, AttributeError):
        return _failure(INSPECT, "UnknownError", "The deployment failed because the AppSpec file is not a valid YAML document.")
    failures = (_run(hook, script["location"], read(script["location"])) for hook in HOOKS for script in hooks.get(hook) or [])
    return next(filter(None, failures), None)


def _object(call: Call, where: dict[str, Any]) -> bytes:
    buckets = s3_backends[call.account][get_partition(call.region)].buckets
    if where["bucket"] not in buckets:
        raise LookupError("The specified bucket does not exist")
    found = s3_backends[call.account][get_partition(call.region)].get_object(where["bucket"], where["key"], version_id=where.get("version"))
    if found is None or not hasattr(found, "value"):
        raise LookupError("The specified key does not exist.")
    if where.get("eTag") and where["eTag"].strip('"') != found.etag.strip('"'):
        raise LookupError(f"Expected deployment bundle to have etag {where['eTag']} but found {found.etag}")
    return found.value


def _open(content: bytes, kind: str) -> Callable[[str], str | None]:
    """Files of a bundle by their path. Raises ValueError where it is no such archive."""
    try:
        if kind == "zip":
            with zipfile.ZipFile(io.BytesIO(content)) as bundle:
                files = {name: bundle.read(name) for name in bundle.namelist() if not name.endswith("/")}
        else:
            with tarfile.open(fileobj=io.BytesIO(content)) as bundle:
                files = {one.name.removeprefix("./"): bundle.extractfile(one).read() for one in bundle.getmembers() if one.isfile()}
    except (zipfile.BadZipFile, tarfile.TarError):
        raise ValueError(f"Error extracting {kind} archive: the file is no such archive") from None
    return lambda path: files[path].decode(errors="replace") if path in files else None


def _run(hook: str, location: str, script: str | None) -> Failure | None:
    if script is None:
        return _failure(hook, "ScriptMissing", f"Script does not exist at specified location: {location}", location)
    lines = [line.strip() for line in script.strip().splitlines()]
    ended = _EXIT.match(lines[-1]) if lines else None
    if not ended or ended[1] == "0":
        return None
    said = [found for found in map(_ECHO.match, lines) if found]
    log = [f"LifecycleEvent - {hook}", f"Script - {location}", *(f"[{'stderr' if one[2] else 'stdout'}]{one[1]}" for one in said)]
    return _failure(hook, "ScriptFailed", f"Script at specified location: {location} failed with exit code {ended[1]}", location, "\n".join(log))
