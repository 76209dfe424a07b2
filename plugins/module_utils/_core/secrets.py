# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secret values leave the frame neither in a result nor in a diff nor in an error. Pure."""

from __future__ import annotations

import typing as t

from .plan import Shape

HIDDEN = "(sensitive)"
HIDDEN_CHANGE = "(sensitive, changed)"


class Mask:
    """Hides the values of secret keys, wherever they turn up."""

    def __init__(self, keys: t.Collection[str]):
        self.keys = frozenset(keys)
        self._values: set[str] = set()

    def learn(self, shape: Shape | None) -> None:
        """Remember the secret values of a shape, so that text() can hide them."""
        found = (str(value) for key, value in (shape or {}).items() if key in self.keys and value)
        self._values.update(found)

    def shape(self, shape: Shape | None) -> Shape | None:
        if shape is None:
            return None
        return {key: HIDDEN if key in self.keys and value else value for key, value in shape.items()}

    def diff(self, before: Shape, after: Shape) -> dict[str, Shape]:
        """A diff that tells *that* a secret changes, and not what it was or becomes."""
        changed = {key for key in self.keys if before.get(key) != after.get(key)}
        hidden = {key: HIDDEN_CHANGE for key in changed if after.get(key)}
        return {"before": self.shape(before), "after": {**self.shape(after), **hidden}}

    def text(self, text: str) -> str:
        # The longest first: one secret may be a part of another.
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        return text
