# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A controller that runs what it is told to, cold or warm: a line of JSON in, a line of JSON out. It stands in for Ansible's.

``how`` is "cold", "warm", or "cut", where the payload ends before it should.

In: ``{"how": "warm", "payload": "print(1)", "cwd": null, "umask": 18, "environment": {}, "idle": 60}``.
Out: ``{"how": "warm", "rc": 0, "out": "1\\n", "err": "", "why": ""}``; ``how`` is "unavailable" or "lost" where it came to that, and ``why`` says why.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t

from ansible_collections.groundwork.aws.plugins.plugin_utils.warm_client import hear
from ansible_collections.groundwork.aws.plugins.plugin_utils.warm_client import Lost
from ansible_collections.groundwork.aws.plugins.plugin_utils.warm_client import Streams
from ansible_collections.groundwork.aws.plugins.plugin_utils.warm_client import Unavailable
from ansible_collections.groundwork.aws.plugins.plugin_utils.warm_client import WarmProcess

COMMAND = f"/bin/sh -c '{sys.executable} && sleep 0'"


def run(asked: dict[str, t.Any]) -> dict[str, t.Any]:
    def cold(program: bytes) -> tuple[int, bytes, bytes]:
        ran = subprocess.run(command, shell=True, cwd=asked.get("cwd"), input=program, capture_output=True, check=False)
        return ran.returncode, ran.stdout, ran.stderr

    command = asked.get("command", COMMAND)
    os.umask(asked.get("umask", 0o022))
    os.environ.update(asked.get("environment", {}))
    payload, how, why = asked["payload"].encode(), asked["how"], ""
    code, out, err = None, b"", b""
    try:
        if how == "cold":
            code, out, err = cold(payload)
        else:
            warm = WarmProcess(command, asked.get("cwd"), asked.get("idle", 60), cold)
            code, out, err = warm.run(payload) if how == "warm" else cut(warm, payload)
    except (Unavailable, Lost) as error:
        how, why = type(error).__name__.lower(), str(error)
    return dict(how=how, rc=code, out=out.decode(errors="surrogateescape"), err=err.decode(errors="surrogateescape"), why=why)


def cut(warm: WarmProcess, payload: bytes) -> tuple[int, bytes, bytes]:
    """Announce one byte more than is sent."""
    with warm.reach() as server, Streams(payload + b"#") as streams:
        group = warm.hand_over(server, streams)
        streams.payload = payload
        output, errors = streams.exchange(server, group)
        return os.waitstatus_to_exitcode(hear(server, group)["status"]), output, errors


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
