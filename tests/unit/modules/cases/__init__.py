# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each module of the frame as data: what it takes as given, how it is made, and how it is changed. One file a service.

The twelve steps, drift, lost replies, kills and throttling all run over this one table; a module that is missing from
it fails a test.
"""

from __future__ import annotations

from . import ec2
from .case import Case

__all__ = ["BY_NAME", "CASES", "Case"]

CASES = [
    *ec2.CASES,
]
BY_NAME = {case.module: case for case in CASES}
