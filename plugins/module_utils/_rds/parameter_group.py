# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parameters of a database engine. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html"""

from __future__ import annotations

import typing as t

from .._aws import tag_list
from .._core.plan import Plan
from .._core.plan import Shape
from .._core.resource import Raw
from .base import RdsGroup

#: Parameters that one call may change (API_ModifyDBParameterGroup, API_ResetDBParameterGroup).
MOST = 20
#: The group is being changed by another, or an instance has it.
BUSY = ("InvalidDBParameterGroupState",)


class ParameterGroup(RdsGroup):
    TYPE, ID, NAME = "rds_parameter_group", "DBParameterGroupArn", "DBParameterGroupName"
    READ, MISSING = ("describe_db_parameter_groups", "DBParameterGroups"), ("DBParameterGroupNotFound",)
    MANAGED = ("family", "description", "parameters")
    IMMUTABLE = ("family",)
    CREATE_ONLY = ("description",)  # AWS cannot change it, and a group that is taken over has words of its own

    @classmethod
    def names_in(cls, instance: Raw) -> list[str]:
        return [one["DBParameterGroupName"] for one in instance.get("DBParameterGroups", [])]

    def read(self) -> Raw | None:
        raw = super().read()
        return {**raw, "Parameters": self._parameters(Source="user")} if raw else None

    def _parameters(self, **params: t.Any) -> list[Raw]:
        """The group's parameters; those of the source ``user`` are those that somebody has set."""
        return self.aws.find("rds", "describe_db_parameters", "Parameters", *self.MISSING, DBParameterGroupName=self.identity.name, **params) or []

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        return {
            "family": raw["DBParameterGroupFamily"],
            "description": raw["Description"],
            "parameters": {one["ParameterName"]: one.get("ParameterValue", "") for one in sorted(raw["Parameters"], key=lambda one: one["ParameterName"])},
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        given = wanted["parameters"]
        return {**wanted, "parameters": None if given is None else {name: _text(value) for name, value in sorted(given.items())}}

    def create(self, after: Shape) -> None:
        self.aws.call(
            "rds",
            "create_db_parameter_group",
            settled=("DBParameterGroupAlreadyExists",),
            DBParameterGroupName=self.identity.name,
            DBParameterGroupFamily=after["family"],
            Description=after["description"],
            Tags=tag_list(after["tags"]),
        )

    def update(self, plan: Plan) -> None:
        if "parameters" not in plan.keys:
            return
        before, after = plan.before["parameters"], plan.after["parameters"]
        self._write("reset_db_parameter_group", {name: {} for name in before if name not in after})
        self._write("modify_db_parameter_group", {name: {"ParameterValue": value} for name, value in after.items() if before.get(name) != value})

    def _write(self, operation: str, changes: dict[str, dict[str, str]]) -> None:
        """Change what is given, each parameter at once where it is dynamic, and with the next reboot where it is static."""
        kinds = {one["ParameterName"]: one.get("ApplyType") for one in self._parameters()} if changes else {}
        methods = {name: "immediate" if kinds.get(name) == "dynamic" else "pending-reboot" for name in changes}
        whole = [{"ParameterName": name, "ApplyMethod": methods[name], **value} for name, value in changes.items()]
        for start in range(0, len(whole), MOST):
            self.aws.call("rds", operation, busy=BUSY, DBParameterGroupName=self.identity.name, Parameters=whole[start : start + MOST])

    def delete(self) -> None:
        self.aws.call("rds", "delete_db_parameter_group", settled=self.MISSING, busy=BUSY, DBParameterGroupName=self.identity.name)


def _text(value: t.Any) -> str:
    """A parameter's value as RDS keeps it: text, in which yes is 1 and no is 0."""
    return str(int(value)) if isinstance(value, bool) else str(value)
