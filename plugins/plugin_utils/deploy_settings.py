# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a deploy is done: what the command line says, what the component says, and what holds otherwise. Pure."""

from __future__ import annotations

import difflib
import typing as t
from collections.abc import Mapping

#: Each setting, and what it is when nobody says anything. Its type is that of its default; None is not asked.
SETTINGS: dict[str, t.Any] = {
    "strategy": "canary",
    "share": 10,
    "bake_minutes": 5.0,
    "step": 10,
    "interval_minutes": 1.0,
    "timeout_minutes": 15.0,
    "retain_minutes": 10.0,
    "look_seconds": 15,
    "min_healthy": 100.0,
    "max_5xx": 1.0,
    "max_latency": None,
    "percentile": 99.0,
    "min_requests": 0,
    "alarms": [],
    "before_traffic": "",
    "after_traffic": "",
}
#: Numbers of which none is a number too.
OPTIONAL = ("max_5xx", "max_latency")
#: What the playbooks take beside them.
OTHERS = ("component", "image")


class UnknownSetting(ValueError):
    """Something is no setting, or no value of one. The message names it, and what was meant."""


def deploy_settings(given: Mapping[str, t.Any], own: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Every setting: those of the command line (``given``) over the component's ``own``, over the defaults.

    A value of the command line is text, and becomes what its default is; a list is parted at its commas.
    """
    found = dict(SETTINGS)
    for where, settings in (("the component's deploy settings", own), ("the command line", given)):
        for name, value in settings.items():
            if name not in OTHERS:
                found[name] = _typed(name, value, where)
    return found


def _typed(name: str, value: t.Any, where: str) -> t.Any:
    if name not in SETTINGS:
        near = difflib.get_close_matches(name, SETTINGS, 1)
        meant = f"; did you mean deploy_{near[0]}?" if near else f"; there are {', '.join(f'deploy_{one}' for one in SETTINGS)}"
        raise UnknownSetting(f"deploy_{name} of {where} is no setting of a deploy{meant}")
    if name in OPTIONAL and value in (None, "", "none"):
        return None
    default = SETTINGS[name]
    try:
        if isinstance(default, list):
            return [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else [str(one) for one in value]
        return (float if default is None else type(default))(value)
    except (TypeError, ValueError) as error:
        kind = "a number" if default is None else {list: "a list", int: "a whole number", float: "a number"}[type(default)]
        raise UnknownSetting(f"deploy_{name} of {where} is {kind}, not {value!r}") from error
