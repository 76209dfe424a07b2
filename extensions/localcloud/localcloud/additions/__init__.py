# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What moto lacks or forgives: one file a service area, each addition named with the operation that it stands for.

An addition is a function registered by one of four decorators:

- `before(service, operations)`: runs before moto sees the call; raises `AwsError` to refuse it, may rewrite it;
- `last(service, operations)`: the same, once nothing else refused it;
- `after(service, operations)`: runs once moto has done it, and may see to what moto forgot;
- `patch(service, operations)`: runs once, and alters moto's own classes.

A service of our own (an SSM gateway, a data plane) is another file here: it registers what it adds to AWS's operations
in the same way, and what is no AWS operation with `gateway.mount`.
"""
from __future__ import annotations

import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..call import Call
from ..replies import Reply

ANY = "*"


@dataclass(frozen=True)
class Addition:
    """One line of the table: the operations it stands for, what it adds, and the reference that says so."""

    when: str
    service: str
    operations: tuple[str, ...]
    adds: str
    source: str
    run: Callable[..., Any]

    def meets(self, call: Call) -> bool:
        return self.service in (ANY, call.service) and (ANY in self.operations or call.operation in self.operations)


ADDITIONS: list[Addition] = []
_loading = threading.Lock()
_loaded = threading.Event()


def _register(when: str) -> Callable[..., Any]:
    def decorator(service: str, *operations: str, adds: str, source: str) -> Callable[..., Any]:
        def keep(run: Callable[..., Any]) -> Callable[..., Any]:
            ADDITIONS.append(Addition(when, service, operations, adds, source, run))
            return run

        return keep

    return decorator


before = _register("before")
last = _register("last")
after = _register("after")
patch = _register("patch")


def load() -> None:
    """Import every file of this package and run its patches, once a process: a second of moto's own imports."""
    with _loading:
        if _loaded.is_set():
            return
        for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
            importlib.import_module(f"{__name__}.{module}")
        ADDITIONS.sort(key=lambda each: each.service != ANY)
        for addition in ADDITIONS:
            if addition.when == "patch":
                addition.run()
        _loaded.set()


def of(when: str, call: Call) -> Iterator[Addition]:
    """The additions that meet a call: those for every service first, then in the order of their files."""
    return (each for each in ADDITIONS if each.when == when and each.meets(call))


def check(call: Call) -> None:
    """Refuse what AWS refuses. Raises AwsError."""
    for addition in (*of("before", call), *of("last", call)):
        addition.run(call)


def complete(call: Call, reply: Reply) -> None:
    """See to what moto forgot in a call that succeeded."""
    for addition in of("after", call):
        addition.run(call, reply)


def table() -> str:
    """All additions, as a table in Markdown."""
    load()
    lines = ["| service | operations | what is added | reference |", "| --- | --- | --- | --- |"]
    for each in sorted(ADDITIONS, key=lambda a: (a.service, a.operations)):
        lines.append(f"| {_cell(each.service)} | {', '.join(map(_cell, each.operations))} | {each.adds} | {each.source} |")
    return "\n".join(lines)


def _cell(name: str) -> str:
    return "any" if name == ANY else name
