# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The subnets that a database instance may lie in. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html"""

from __future__ import annotations

import typing as t

from .._aws import tag_list
from .._core.plan import Plan
from .._core.plan import Shape
from .._core.resource import Raw
from .base import FIRST_USE
from .base import RdsGroup


class SubnetGroup(RdsGroup):
    TYPE, ID, NAME, STATE = "rds_subnet_group", "DBSubnetGroupArn", "DBSubnetGroupName", "SubnetGroupStatus"
    READ, MISSING = ("describe_db_subnet_groups", "DBSubnetGroups"), ("DBSubnetGroupNotFoundFault",)
    MANAGED = ("description", "subnet_ids")

    @classmethod
    def names_in(cls, instance: Raw) -> list[str]:
        return [instance["DBSubnetGroup"]["DBSubnetGroupName"]] if instance.get("DBSubnetGroup") else []

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        return {
            "description": raw["DBSubnetGroupDescription"],
            "subnet_ids": sorted(one["SubnetIdentifier"] for one in raw["Subnets"]),
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        return {**wanted, "subnet_ids": sorted(set(wanted["subnet_ids"]))}

    def create(self, after: Shape) -> None:
        self.aws.call(
            "rds",
            "create_db_subnet_group",
            settled=("DBSubnetGroupAlreadyExists",),
            lagging=FIRST_USE,
            DBSubnetGroupName=self.identity.name,
            DBSubnetGroupDescription=after["description"],
            SubnetIds=after["subnet_ids"],
            Tags=tag_list(after["tags"]),
        )

    def update(self, plan: Plan) -> None:
        if not set(self.MANAGED) & set(plan.keys):
            return
        self.aws.call(
            "rds",
            "modify_db_subnet_group",
            DBSubnetGroupName=self.identity.name,
            DBSubnetGroupDescription=plan.after["description"],
            SubnetIds=plan.after["subnet_ids"],
        )

    def delete(self) -> None:
        # An instance that is being deleted keeps its group until it is gone.
        busy = ("InvalidDBSubnetGroupStateFault",)
        self.aws.call("rds", "delete_db_subnet_group", settled=self.MISSING, busy=busy, DBSubnetGroupName=self.identity.name)

    def facts(self) -> dict[str, t.Any]:
        zones = {one["SubnetAvailabilityZone"]["Name"] for one in self.raw["Subnets"]}
        return {"vpc_id": self.raw.get("VpcId"), "availability_zones": sorted(zones)}
