# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module stack_info: read all that a stack owns, in one burst."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import answer
from .._core.spec import reading_module
from .._stack.reading import read_stack
from .._stack.seals import table_of

OPTIONS = dict(stack=dict(required=True), ask_ahead=dict(type="bool", default=False), table=dict(), types=dict(type="list", elements="str"))


def main() -> None:
    module = reading_module(**OPTIONS)
    aws = Aws(module)
    params = module.params
    answer(module, lambda: read_stack(aws, params["stack"], params["ask_ahead"], table_of(params), params["types"]))
