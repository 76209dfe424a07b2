# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with a declaration, and the questions that more than one check asks. Pure."""

from __future__ import annotations

import difflib
import ipaddress
import re
import typing as t
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from .kinds import Spec

_RANGE = re.compile(r"[0-9a-fA-F.:]+/\d+")


@dataclass(frozen=True, order=True)
class Problem:
    """``component``: whose (a group or 'stack' where it is no component's own). ``key``: the variable, or "". ``text``: why, and what to do."""

    component: str
    key: str
    text: str


def nearest(word: str, known: Iterable[str]) -> str | None:
    """What was probably meant; None where nothing that is known looks like it."""
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1)), None)


def instead(word: str, known: Iterable[str]) -> str:
    """What to write in the place of a word that nobody knows."""
    near = nearest(word, known)
    if near:
        return f"the nearest is {near}, write that"
    return f"choose from {', '.join(sorted(known))}" if known else "there is none"


def validated(spec: Spec, values: Mapping[str, t.Any] | None) -> tuple[dict[str, t.Any], list[str]]:
    """The values as the spec has them (None where it has a key that they have not), and what is wrong with them."""
    if not isinstance(values, Mapping | None):
        return {}, [f"{values} is no dictionary: write one with {', '.join(spec)}"]
    result = ArgumentSpecValidator(spec).validate(dict(values or {}))
    return result.validated_parameters, [_words(error) for error in result.errors]


def _words(error: Exception) -> str:
    return f"there is no {error}" if isinstance(error, UnsupportedError) else str(error)


def range_complaint(text: str, version: int | None = None) -> str | None:
    """Why a text is no range of addresses that AWS takes; None where it is one. ``version``: 4, 6 or either."""
    if not _RANGE.fullmatch(text):
        return f"{text} is no range: write one as 10.0.0.0/16"
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f"{text} is no range: write one as 10.0.0.0/16"
    if version and network.version != version:
        return f"{text} is no IPv{version} range"
    # AWS would take the host's bits away in silence.
    if int(network.network_address) != int(ipaddress.ip_address(text.partition("/")[0])):
        return f"{text} is no network address: it lies in {network}, write that"
    return None


def size_complaint(text: str) -> str | None:
    """Why AWS takes no VPC and no subnet of this range. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""
    complaint = range_complaint(text, version=4)
    if complaint:
        return complaint
    length = ipaddress.IPv4Network(text).prefixlen
    return None if 16 <= length <= 28 else f"{text} has a size that AWS refuses: choose one from /16 to /28"
