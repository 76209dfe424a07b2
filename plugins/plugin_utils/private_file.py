# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file that only its owner reads."""

from __future__ import annotations

import contextlib
import os
import tempfile


def replace_private_file(path: str, text: str) -> None:
    """Write a file that only its owner reads (mode 0600), so that a reader finds the old one or the new one, never a part."""
    folder, name = os.path.split(os.path.abspath(path))
    handle, draft = tempfile.mkstemp(dir=folder, prefix=f".{name}.")  # mode 0600 by itself
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(draft, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
