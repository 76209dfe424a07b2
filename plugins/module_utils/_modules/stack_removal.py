# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module stack_removal: remove what a stack owns and nobody wants."""

from __future__ import annotations

from .._aws import Aws
from .._core.spec import frame_module
from .._stack.removal import remove

OPTIONS = dict(
    state=dict(choices=["absent", "listed"], default="absent"),
    component=dict(),
    components=dict(type="list", elements="str"),
    types=dict(type="list", elements="str"),
    keep=dict(type="list", elements="str", default=[]),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    remove(Aws(module))
