# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tagging index: where to look for what its own service lists without tags. It lags, and knows what was tagged once;
whether a thing stands, and whose it is, its own service says.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

from .._aws import Aws
from .._core.identity import STACK


def indexed_arns(aws: Aws, kind: str, stack: str) -> list[str]:
    """The ARNs that the index knows as the stack's, of one kind, as ``ecs:service``."""
    filters = {"ResourceTypeFilters": [kind], "TagFilters": [{"Key": STACK, "Values": [stack]}]}
    return [one["ResourceARN"] for one in aws.read("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", **filters)]
