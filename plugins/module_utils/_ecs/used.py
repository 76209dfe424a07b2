# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the services of an account run. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._core.resource import Raw
from .base import batches
from .base import NO_CLUSTER

#: Services that DescribeServices takes.
BATCH = 10


def services_in(aws: Aws, cluster: str, names: t.Sequence[str] | None = None, **asked: t.Any) -> list[Raw]:
    """What ECS says of all services of a cluster, or of those that are named; none where there is no such cluster."""
    if names is None:
        names = aws.find("ecs", "list_services", "serviceArns", NO_CLUSTER, cluster=cluster) or []
    found: list[Raw] = []
    for some in batches(names, BATCH):
        found += aws.find("ecs", "describe_services", "services", NO_CLUSTER, cluster=cluster, services=list(some), **asked) or []
    return found


def revisions_in_use(aws: Aws) -> set[str]:
    """The ARNs of the task definitions that any service runs, or is being moved to or from."""
    services = [one for cluster in aws.read("ecs", "list_clusters", "clusterArns") for one in services_in(aws, cluster)]
    return {one["taskDefinition"] for one in services} | {each["taskDefinition"] for one in services for each in one.get("deployments", [])}
