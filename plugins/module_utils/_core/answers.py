# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's answers to what stack_info asked, for the other modules of the same run: a folder of the run's own, until the first write.

The folder lies in Ansible's temporary one, which is the user's alone and goes with the run. No answer holds a secret's value, for none is
asked for (see _stack/burst.py). What is planned from these answers is planned again from AWS's own before anything is written.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import shutil
import time
import typing as t

#: Seconds after which an answer is old, whoever still has a use for it.
LIFE = 120.0
#: How a moment is told apart from a text in JSON.
MOMENT = "__moment__"
#: The file to which each module adds a line of what it asked. It has no suffix, as the name of no service's file.
LOG = "asked"


class Answers:
    """What is known, by service and question. ``scope`` says whose answers they are: those of another account's or region's are none."""

    def __init__(self, folder: str | None, scope: t.Mapping[str, t.Any]):
        self.folder, self.scope = folder, dict(scope)
        self.open = folder is not None
        self.used = False
        self.asked: set[str] = set()  # marks of what was asked and known
        self.missed = False  # whether something was asked that was not
        self._known: dict[str, dict[str, t.Any]] = {}

    def get(self, service: str, question: str) -> tuple[bool, t.Any]:
        """Whether it is known, and the answer."""
        if not self.open:
            return False, None
        if service not in self._known:
            self._known[service] = self._load(service)
        found = question in self._known[service]
        self.used = self.used or found
        self.asked.add(mark(service, question))
        self.missed = self.missed or not found
        return found, self._known[service].get(question)

    def _load(self, service: str) -> dict[str, t.Any]:
        try:
            with open(os.path.join(self.folder, f"{service}.json"), encoding="utf-8") as file:
                found = json.load(file, object_hook=_moment)
        except (OSError, ValueError):
            return {}
        fresh = 0 <= time.time() - found["asked"] < LIFE
        return found["answers"] if fresh and found["scope"] == self.scope else {}

    def leave(self) -> None:
        """Know nothing any more, in this module."""
        self.open, self.used, self.missed, self._known = False, False, True, {}

    def log(self, component: str, settled: bool) -> None:
        """Add to the run's log what this module asked, and whether it had nothing to change and nothing else to ask."""
        line = json.dumps({"component": component, "settled": settled and not self.missed, "asked": sorted(self.asked)})
        if self.folder is not None:
            with contextlib.suppress(OSError), _opened(os.path.join(self.folder, LOG), os.O_APPEND) as file:
                file.write(line + "\n")  # at once: several modules write

    def logged(self) -> list[dict[str, t.Any]]:
        """The log of the run so far."""
        try:
            with open(os.path.join(self.folder or "", LOG), encoding="utf-8") as file:
                return [json.loads(line) for line in file]
        except (OSError, ValueError):
            return []

    def drop(self) -> None:
        """Nobody is to know anything any more: something is about to be written."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.leave()

    def hand_on(self, asked: float, answers: t.Mapping[tuple[str, str], t.Any]) -> None:
        """Tell the modules that follow, by service and question, what AWS answered from the epoch second ``asked`` on."""
        if self.folder is None:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        by_service: dict[str, dict[str, t.Any]] = {}
        for (service, question), answer in answers.items():
            by_service.setdefault(service, {})[question] = answer
        with contextlib.suppress(OSError):
            os.mkdir(self.folder, 0o700)
            for service, known in by_service.items():
                self._write(f"{service}.json", {"asked": asked, "scope": self.scope, "answers": known})

    def put(self, name: str, what: t.Any) -> None:
        """Leave something more for a module that follows, until the first write."""
        if self.folder is not None and os.path.isdir(self.folder):
            self._write(name, what)

    def fetch(self, name: str) -> t.Any:
        """What was left, or None."""
        try:
            with open(os.path.join(self.folder or "", name), encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return None

    def _write(self, name: str, what: t.Any) -> None:
        path = os.path.join(self.folder, name)
        try:
            with _opened(path + "~", os.O_EXCL) as file:
                json.dump(what, file, default=_written)
        except TypeError:  # an answer that is no data, but a stream
            os.unlink(path + "~")
        else:
            os.rename(path + "~", path)


def mark(service: str, question: str) -> str:
    """A question's mark: the beginning of its SHA-256."""
    return hashlib.sha256(f"{service} {question}".encode()).hexdigest()[:16]


def _opened(path: str, how: int) -> t.TextIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600), "w", encoding="utf-8")


def _written(value: t.Any) -> dict[str, str]:
    if isinstance(value, datetime.datetime):
        return {MOMENT: value.isoformat()}
    raise TypeError(f"{type(value).__name__} is no data")


def _moment(value: dict[str, t.Any]) -> t.Any:
    return datetime.datetime.fromisoformat(value[MOMENT]) if value.keys() == {MOMENT} else value
