# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dictionaries of options of which only some parts may be given, and so managed. Pure."""

from __future__ import annotations

import typing as t

from .._core.plan import Shape


def chosen(standing: Shape, wanted: Shape | None) -> dict[str, t.Any]:
    """The parts of a dictionary that are managed: those that are given, or all where nothing is said about it."""
    return {key: value for key, value in standing.items() if wanted is None or wanted.get(key) is not None}


def given(wanted: Shape | None) -> dict[str, t.Any] | None:
    """A dictionary of options without those that are not given; None stays None, which is unmanaged."""
    return None if wanted is None else {key: value for key, value in wanted.items() if value is not None}
