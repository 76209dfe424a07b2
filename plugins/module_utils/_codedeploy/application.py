# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An application: the parent of deployment groups. https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateApplication.html"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import tag_dict
from .._aws import tag_list
from .._core.plan import Shape
from .._core.resource import Raw
from .._core.resource import Tags
from .base import CodeDeployResource
from .base import MISSING
from .base import tagged


class Application(CodeDeployResource):
    TYPE, NAME = "codedeploy_application", "applicationName"
    MANAGED = ("compute_platform",)
    IMMUTABLE = MANAGED

    @staticmethod
    def resource_of(raw: Raw) -> str:
        return f"application:{raw['applicationName']}"

    def get(self) -> Raw | None:
        return self.aws.find("codedeploy", "get_application", "application", *MISSING, applicationName=self.identity.name)

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterator[tuple[Raw, Tags]]:
        # An application may have any name: the tags of each are asked for, which is a call for each (an account has a hundred at most).
        for name in aws.read("codedeploy", "list_applications", "applications"):
            raw: Raw = {cls.NAME: name}
            raw = tagged(aws, cls.resource_of(raw), raw)
            yield raw, tag_dict(raw["Tags"])

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        return {"compute_platform": raw["computePlatform"]}

    def create(self, after: Shape) -> None:
        platform = {"computePlatform": after["compute_platform"]} if "compute_platform" in after else {}
        settled = ("ApplicationAlreadyExistsException",)
        self.aws.call("codedeploy", "create_application", settled=settled, applicationName=self.identity.name, tags=tag_list(after["tags"]), **platform)

    def delete(self) -> None:
        # Of one that is not there it says nothing; its deployment groups go with it.
        self.aws.call("codedeploy", "delete_application", applicationName=self.identity.name)

    def facts(self) -> dict[str, t.Any]:
        return {"application_id": self.raw.get("applicationId")}
