# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that every module of the frame has, said once; doc_fragments/frame.py documents them."""

from __future__ import annotations

import typing as t

from .._aws import AnsibleAWSModule
from .dispatched import Dispatched

FRAME: dict[str, dict] = dict(
    state=dict(choices=["present", "absent"], default="present"),
    stack=dict(required=True),
    component=dict(required=True),
    tags=dict(type="dict", aliases=["resource_tags"]),
    purge_tags=dict(type="bool", default=False),
    adopt=dict(type="bool", default=False),
    replace=dict(type="bool", default=False),
    wait=dict(type="bool", default=True),
    wait_timeout=dict(type="int", default=1200),
    lock=dict(type="dict", no_log=False, options=dict(table=dict(), owner=dict(), token=dict(type="int", no_log=False), ttl=dict(type="int"))),
)
#: Who a resource is; in the options of a module that keeps one, or of each element of a list.
ITEM: dict[str, dict] = dict(name=dict(required=True), key=dict(no_log=False))


def frame_module(**options: dict) -> AnsibleAWSModule:
    """A module of the frame: the common options, these, and check mode."""
    return reading_module(**{**FRAME, **options})


def reading_module(**options: dict) -> AnsibleAWSModule:
    """A module that has these options alone, and check mode."""
    AnsibleAWSModule.default_settings["module_class"] = Dispatched  # it passes over the module_class that it is given
    return AnsibleAWSModule(argument_spec=options, supports_check_mode=True)


def one(**options: dict) -> dict[str, dict]:
    """The options of a module that keeps one resource."""
    return {**ITEM, **options}


def many(**options: dict) -> dict:
    """The option of a module that keeps every resource of one type that a component has."""
    return dict(type="list", elements="dict", required=True, options={**ITEM, **options})


def items(module: AnsibleAWSModule, option: str | None = None) -> list[dict[str, t.Any]]:
    """The parameters of each resource: the module's own, and over them those of the element."""
    params = {key: value for key, value in module.params.items() if key != option}
    elements = module.params[option] if option else [{}]
    found = [{**params, **element} for element in elements]
    for item in found:
        item["key"] = item["key"] or item["name"]
    return found
