# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks a whole declaration. An action, since only the controller sees the variables of every host."""

from __future__ import annotations

import getpass
import multiprocessing
import os
import socket
import time
import typing as t
from collections.abc import Mapping
from dataclasses import replace

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import Declaration
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import outline
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import survey
from ansible_collections.groundwork.aws.plugins.plugin_utils.demands import demands
from ansible_collections.groundwork.aws.plugins.plugin_utils.findings import failing
from ansible_collections.groundwork.aws.plugins.plugin_utils.findings import public
from ansible_collections.groundwork.aws.plugins.plugin_utils.fingerprints import fingerprints
from ansible_collections.groundwork.aws.plugins.plugin_utils.fingerprints import settled
from ansible_collections.groundwork.aws.plugins.plugin_utils.inventory import Inventory
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import LAYERS
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import STACK
from ansible_collections.groundwork.aws.plugins.plugin_utils.problems import Problem

OPTIONS = dict(
    account_id=dict(type="str"),
    partition=dict(type="str", default="aws"),
    region=dict(type="str", required=True),
    zones=dict(type="list", elements="str", default=[]),
    resources=dict(type="list", elements="dict", default=[]),
    seals=dict(type="dict", default={}),
    seal_hours=dict(type="float", default=0),
)


class ActionModule(ActionBase):
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        args = self.validate_argument_spec(OPTIONS)[1]
        resources, seals, hours = (args.pop(name) for name in ("resources", "seals", "seal_hours"))
        task_vars = task_vars or {}
        inventory = Inventory(task_vars["hostvars"]._inventory, self._loader, task_vars["ansible_inventory_sources"], task_vars["playbook_dir"])
        declaration = declared(task_vars, self._templar.template, **args)
        declaration = replace(declaration, settings=inventory.settings(declaration.names))
        problems, components, findings = survey(declaration)
        if problems:
            return _failure(problems, inventory, declaration.stack_name)
        outlines = outline(components, declaration)
        prints = fingerprints(components, outlines, declaration, resources)
        rest = settled(prints, outlines, seals, time.time() - hours * 3600)
        return {
            "changed": False,
            "components": outlines,
            "fingerprints": prints,
            "settled": sorted(rest),
            "at_rest": rest == prints.keys() and {one["component"] for one in resources} <= rest,
            "outputs": {name: seals[name]["outputs"] for name in rest if seals[name]["outputs"]},
            "planned": [{**one, "action": "none", "keys": []} for one in resources if one["component"] in rest],
            "layers": list(LAYERS),
            "demands": demands(components, declaration.place),
            "service_roles": sorted({service for one in components.values() for service in one.kind.service_roles}),
            "findings": [public(one) for one in findings],
            "warnings": [f"{one.component}: {one.key}: {one.text}" for one in failing(findings)],
            "run_owner": run_owner(),
        }


def declared(task_vars: Mapping[str, t.Any], template: t.Callable[[t.Any], t.Any], **place: t.Any) -> Declaration:
    """What the inventory declares; ``place`` is what AWS says of itself. Without ``settings``: which file says what is another question."""
    hostvars = task_vars["hostvars"]
    found = Declaration(groups=task_vars["groups"], values={}, **place)
    read = {name: _read(hostvars[name], [key for kind in found.kinds(name) for key in kind.options]) for name in found.names}
    return replace(
        found,
        values={name: values for name, (values, _unread) in read.items()},
        unread={name: unread for name, (_values, unread) in read.items()},
        stack={key: template(value) for key, value in task_vars.items() if key in STACK},
    )


def _read(variables: Mapping[str, t.Any], keys: list[str]) -> tuple[dict[str, t.Any], dict[str, str]]:
    """Those of the variables that are set, templated, and why a template failed: that is a problem like any other."""
    values, unread = {}, {}
    for key in (key for key in keys if key in variables):
        try:
            values[key] = variables[key]
        except AnsibleError as error:
            unread[key] = f"its template fails, {error}: set what it refers to"
    return values, unread


def _failure(problems: list[Problem], inventory: Inventory, stack: str) -> dict[str, t.Any]:
    told = [{**vars(one), "file": inventory.file(one.component, one.key)} for one in problems]
    lines = [": ".join(filter(None, (one["component"], one["key"], one["file"], one["text"]))) for one in told]
    count = f"{len(lines)} problems" if len(lines) > 1 else "a problem"
    return {"failed": True, "changed": False, "problems": told, "msg": "\n".join([f"The declaration of {stack} has {count}:", *lines])}


def run_owner() -> str:
    """Who runs this, as user@host:pid:start, of the process that forked the worker in which an action runs.

    The start is in clock ticks since boot, field 22 of /proc/PID/stat (proc(5)), or 0 where there is none: with it a
    process that merely has the same number is not taken for this one.
    """
    parent = multiprocessing.parent_process()
    pid = parent.pid if parent else os.getpid()
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            start = stat.read().rpartition(")")[2].split()[19]
    except OSError:
        start = "0"
    return f"{getpass.getuser()}@{socket.gethostname()}:{pid}:{start}"
