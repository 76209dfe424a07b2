# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module reachability_info: who can open connections to whom in a stack's network, as it stands."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import answer
from .._core.spec import reading_module
from .._reach.matrix import Matrix
from .._reach.model import Network
from .._reach.read import read_network

OPTIONS = dict(stack=dict(required=True), reasons=dict(type="bool", default=True))


def main() -> None:
    module = reading_module(**OPTIONS)
    aws = Aws(module)
    answer(module, lambda: _read(aws, module.params["stack"], module.params["reasons"]))


def _read(aws: Aws, stack: str, reasons: bool) -> dict:
    network = read_network(aws, stack)
    return {"network": network, "matrix": Matrix(Network.of(network)).cells(reasons)}
