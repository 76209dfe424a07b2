# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources that AWS keeps for a while after their removal: made again, they are taken back with all that they hold."""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .identity import kept_tags
from .identity import OURS
from .plan import Plan
from .plan import Refusal
from .plan import Shape
from .resource import NamedResource
from .resource import Raw
from .resource import Tags

REMOVAL, WINDOW = OURS + "removal", OURS + "removal-window"
#: Days for which a secret, or a key, can be taken back
#: (API_DeleteSecret: RecoveryWindowInDays, API_ScheduleKeyDeletion: PendingWindowInDays).
LEAST_DAYS, MOST_DAYS = 7, 30


class Recoverable(NamedResource):
    """A named resource whose removal is a date. Until then it holds its name, and is a tombstone that can be taken back.

    How it is to be removed stands in tags of its own: who removes a whole stack knows what AWS says of it, and no options.
    A subclass gives ``all_tags``, ``make_new`` and ``take_back`` in the place of ``tags_of`` and ``create``.
    """

    IN_TAGS: t.ClassVar[dict[str, str]] = {}  # managed key -> the tag that keeps it

    def all_tags(self, raw: Raw) -> Tags:
        raise AttributeError(f"{type(self).__name__} must say where its tags are")

    def make_new(self, after: Shape) -> None:
        """As create(), where nothing of its name is left."""
        raise AttributeError(f"{type(self).__name__} must say how it is made")

    def take_back(self) -> None:
        """Undo the removal of the one that ``id`` names."""
        raise AttributeError(f"{type(self).__name__} must say how it is taken back")

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        super().__init__(aws, params)
        self.tombstone: Raw | None = None

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        days = {key: wanted[key] for key, tag in self.IN_TAGS.items() if tag == WINDOW and wanted[key] is not None}
        for key, given in days.items():
            if not LEAST_DAYS <= given <= MOST_DAYS:
                raise Refusal(f"{key} is {LEAST_DAYS} to {MOST_DAYS}, not {given}")
        return wanted

    def find(self) -> Raw | None:
        raw = self.read()
        if raw is not None:
            self.claim(raw)  # of a tombstone too: another's is refused before anything is planned on its name
        self.tombstone = raw if raw and self.state(raw) in self.GONE else None
        return None if self.tombstone else raw

    def create(self, after: Shape) -> None:
        if self.tombstone is None:
            self.make_new(after)
            return
        old = self.tombstone
        self.id = old[self.ID]
        self.take_back()
        tags = kept_tags(self.tags_of(old), after["tags"], self.params.get("purge_tags", False))
        self._retag(Plan({"tags": tags}, after))

    # -- what is kept in tags ----------------------------------------------------------------------------------

    def tags_of(self, raw: Raw) -> Tags:
        return {key: value for key, value in self.all_tags(raw).items() if key not in self.IN_TAGS.values()}

    def told(self, raw: Raw) -> dict[str, t.Any]:
        """The managed keys that its tags keep; None for one that they do not."""
        tags = self.all_tags(raw)
        found = {key: tags.get(tag) for key, tag in self.IN_TAGS.items()}
        return {key: int(value) if value and value.isdigit() else value for key, value in found.items()}

    def window(self) -> int:
        """Days for which it can be taken back, by its tag; the most where that says none that AWS takes."""
        days = str(self.all_tags(self.raw).get(WINDOW, ""))
        return int(days) if days.isdigit() and LEAST_DAYS <= int(days) <= MOST_DAYS else MOST_DAYS

    def telling(self, after: Shape) -> dict[str, str]:
        """The tags that keep these keys of a shape."""
        return {tag: str(after[key]) for key, tag in self.IN_TAGS.items() if after.get(key) is not None}
