# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's half of a seal (module_utils/_stack/seals.py): a digest of all by which a component's role would make its plans."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import typing as t
from pathlib import Path

from ansible.release import __version__ as core
from ansible_collections.amazon.aws.plugins.module_utils.common import AMAZON_AWS_COLLECTION_VERSION

from .arrows import Components
from .declaration import Declaration
from .references import refer
from .references import referred
from .references import UnresolvedReference

#: What of the stack as a whole reaches its components.
REACHING = ("stack_adopt", "stack_alarm_actions", "stack_name", "stack_protected", "stack_tags")
#: What belongs to no component: the lock's table, and the account's roles for services.
STACK = "stack"
#: Where the collection's own code lies, from its root.
CODE = ("meta", "playbooks", "plugins", "roles")
Resources = t.Sequence[t.Mapping[str, t.Any]]


def fingerprints(components: Components, outlines: t.Mapping[str, t.Any], declaration: Declaration, resources: Resources) -> dict[str, str]:
    """By component, and for the stack itself; none of a component that refers to what does not stand yet."""
    stack = {key: declaration.stack.get(key) for key in REACHING}
    common = [code(), stack, vars(declaration.place), list(declaration.zones)]
    roles = sorted({service for one in components.values() for service in one.kind.service_roles})
    found = {STACK: _digest([common, roles, declaration.stack.get("stack_lock_table")])}
    for name, one in components.items():
        try:
            found[name] = _digest([common, one.inputs, refer(outlines[name], {"resources": resources})])
        except UnresolvedReference:
            found[name] = ""
    return found


def settled(prints: t.Mapping[str, str], outlines: t.Mapping[str, t.Any], seals: t.Mapping[str, t.Any], since: float) -> set[str]:
    """Those whose seal is unbroken, is of this fingerprint and not from before ``since`` (epoch seconds).

    Nobody is settled who refers to what is not: this run may make that anew, under another id.
    """
    found = {name for name, mine in prints.items() if mine and (seal := seals.get(name)) and seal["inputs"] == mine and seal["at"] >= since}
    refers = {name: referred([one["wiring"], one["firewall"]]) & outlines.keys() for name, one in outlines.items()}
    while lost := {name for name in found if not found.issuperset(refers.get(name, ()))}:
        found -= lost
    return found


@functools.cache
def code() -> str:
    """A digest of the collection's own code, and of the versions of what it runs by."""
    root = Path(__file__).resolve().parents[2]
    files = sorted(file for folder in CODE for file in (root / folder).rglob("*") if file.is_file() and file.suffix != ".pyc")
    versions = [core, AMAZON_AWS_COLLECTION_VERSION, *map(importlib.metadata.version, ("boto3", "botocore"))]
    return _digest([versions, *(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)])


def _digest(value: t.Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:32]
