# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What CodeDeploy's resources have in common: known by their names, and tagged under an ARN that no answer gives."""

from __future__ import annotations


from .._aws import Aws
from .._aws import tag_dict
from .._aws import tag_list
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags

MISSING = ("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException")


class CodeDeployResource(NamedResource):
    """An application or a deployment group. The names that AWS gives stand in ``raw`` as they are, with ARN and tags beside them."""

    ID = "Arn"
    NAME: str

    def read(self) -> Raw | None:
        found = self.get()
        return tagged(self.aws, self.resource_of(found), found) if found else None

    def get(self) -> Raw | None:
        """AWS's answer under the name, without tags."""
        raise AttributeError(f"{type(self).__name__} must say how it is read")

    @staticmethod
    def resource_of(raw: Raw) -> str:
        """The last part of its ARN."""
        raise AttributeError("a subclass must say what its ARN is made of")

    def tags_of(self, raw: Raw) -> Tags:
        return tag_dict(raw["Tags"])

    def set_tags(self, tags: dict[str, str]) -> None:
        self.aws.call("codedeploy", "tag_resource", ResourceArn=self.id, Tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.aws.call("codedeploy", "untag_resource", ResourceArn=self.id, TagKeys=keys)


def tagged(aws: Aws, resource: str, raw: Raw) -> Raw:
    """An answer of AWS's with the ARN and the tags that go with it
    (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html: resource types)."""
    arn = f"arn:{aws.partition}:codedeploy:{aws.region}:{aws.account}:{resource}"
    # What is listed may be gone by now: then it has no tags, and is nobody's.
    tags = aws.find("codedeploy", "list_tags_for_resource", "Tags", *MISSING, ResourceArn=arn) or []
    return {**raw, "Arn": arn, "Tags": tags}
