# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who can reach whom in a stack that stands, as verify.yml writes it."""

from __future__ import annotations

import json
import typing as t

from tests.facts.networks import Model
from tests.facts.networks import read_of
from tests.facts.networks import renamed
from tests.facts.networks import sketch

from .conftest import Runs


def verified(runs: Runs) -> dict[str, t.Any]:
    """What verify.yml finds where it ends well."""
    path = runs.folder / "findings.json"
    outcome = runs.ok("verify", "-e", f"verify_json={path}")
    assert outcome.writes == []
    return json.loads(path.read_text())


def as_read(network: Model) -> Model:
    """With what is the same of each network that stands of one declaration."""
    return sketch(renamed(network))


def kept(name: str) -> Model:
    """As it was read once: unit tests go by that."""
    return sketch(read_of(name))
