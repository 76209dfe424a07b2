# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A launch template. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html

A version cannot be changed: a change is a new version, made from all that is wanted, and then the default. What stands
is the default version.
"""

from __future__ import annotations

import typing as t
import uuid

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import tag_dict
from .._aws import tag_list
from .._core.identity import COMPONENT
from .._core.identity import STACK
from .._core.plan import is_unknown
from .._core.plan import make_plan
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.plan import UNKNOWN
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags
from .launch_template_data import METADATA
from .launch_template_data import to_data
from .launch_template_data import to_launch
from .launch_template_data import to_shape

#: Bytes of user data before it is encoded (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html).
USER_DATA_LIMIT = 16384
#: The newest versions that are kept beside those in use: one to go back to, and one more.
KEPT = 3
#: The most versions that one call deletes.
DELETED_AT_ONCE = 200
#: A profile that was just made, or just got its role, is not known to EC2 at once.
YOUNG_PROFILE = (
    ("InvalidParameterValue", "Invalid IAM Instance Profile"),
    ("InvalidParameterValue", "has no associated IAM Roles"),
)
NO_IMAGE = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed")


class LaunchTemplate(NamedResource):
    TYPE, ID, NAME = "ec2_launch_template", "LaunchTemplateId", "LaunchTemplateName"
    #: ``image`` is the one that is pinned, ``image_source`` what it was asked for by (the version's description); ``metadata``
    #: and ``extra`` have no option: how metadata is protected is fixed, and what else a template says is taken out.
    MANAGED = (
        "image",
        "image_source",
        "instance_type",
        "instance_profile",
        "security_group_ids",
        "root_volume",
        "metadata_hop_limit",
        "metadata",
        "user_data",
        "detailed_monitoring",
        "ebs_optimized",
        "instance_tags",
        "extra",
    )

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        super().__init__(aws, params)
        self.image, self.root_device = "", ""
        self.moves = False  # whether the plan is another default version

    # -- reading -----------------------------------------------------------------------------------------------

    def describe(self) -> Shape | None:
        before = super().describe()
        self.moves = False
        if self.params.get("state") == "present":
            self.image = self._wanted_image(before)
            self.root_device = self._root_device()
        return before

    def read(self) -> Raw | None:
        missing = ("InvalidLaunchTemplateName.NotFoundException", "InvalidLaunchTemplateId.NotFound")
        named = {"LaunchTemplateNames": [self.identity.name]}
        found = self.aws.find("ec2", "describe_launch_templates", "LaunchTemplates", *missing, **named)
        if not found:
            return None
        asked = {"LaunchTemplateId": found[0][self.ID], "Versions": ["$Default", "$Latest"]}
        versions = self.aws.find("ec2", "describe_launch_template_versions", "LaunchTemplateVersions", *missing, **asked) or []
        default = [one for one in versions if one["DefaultVersion"]]
        latest = max(versions, key=lambda one: one["VersionNumber"], default=None)
        return {**found[0], "Default": default[0], "Latest": latest} if default else None

    def tags_of(self, raw: Raw) -> Tags:
        return tag_dict(raw.get("Tags"))

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        return _settings(raw["Default"])

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterator[tuple[Raw, Tags]]:
        filters = [{"Name": f"tag:{STACK}", "Values": [stack]}]
        for raw in aws.read("ec2", "describe_launch_templates", "LaunchTemplates", Filters=filters):
            yield raw, tag_dict(raw.get("Tags"))

    def facts(self) -> dict[str, t.Any]:
        version = UNKNOWN if self.moves or not self.raw else self.raw["Default"]["VersionNumber"]
        return {"version": version, "image_id": self.image, "root_device": self.root_device}

    # -- the image ---------------------------------------------------------------------------------------------

    def _wanted_image(self, before: Shape | None) -> str:
        """The image by its id. One that was found by a public parameter stays until it is asked for anew, or by another parameter."""
        source = self.params["image"]
        if is_unknown(source) or source.startswith("ami-"):
            return source
        asked_by = (before or {}).get("image_source") or ""
        turned = asked_by != source and asked_by.startswith(("ami-", "/"))
        if before and before["image"] and not self.params["image_refresh"] and not turned:
            return before["image"]
        found = self.aws.find("ssm", "get_parameter", "Parameter", "ParameterNotFound", Name=source)
        if not found:
            raise Refusal(f"there is no public parameter {source} in {self.aws.region}; name one that there is, or an image by its id")
        return found["Value"]

    def ask_ahead(self) -> None:
        self.image = (self.describe() or {}).get("image") or UNKNOWN
        self._root_device()

    def _root_device(self) -> str:
        """The device of the image's root volume: under any other name an encrypted volume would be a second one."""
        if is_unknown(self.image):
            return UNKNOWN
        found = self.aws.find("ec2", "describe_images", "Images", *NO_IMAGE, ImageIds=[self.image])
        if not found:
            raise Refusal(f"the image {self.image} is not there, or no longer; name another, or set image_refresh: true for the latest one")
        return found[0]["RootDeviceName"]

    # -- what is wanted ----------------------------------------------------------------------------------------

    def desired(self, before: Shape | None) -> Shape:
        if len((self.params["user_data"] or "").encode()) > USER_DATA_LIMIT:
            raise Refusal(f"user_data has more than {USER_DATA_LIMIT} bytes; let it fetch the rest from a bucket")
        volume = {key: value for key, value in self.params["root_volume"].items() if value is not None}
        ours = {key: self.identity.tags[key] for key in (STACK, COMPONENT)}
        wanted = {
            **super().desired(before),
            "image": self.image,
            "image_source": self.params["image"],
            "security_group_ids": sorted(self.params["security_group_ids"]),
            "root_volume": {**volume, "device": self.root_device, "delete_on_termination": True},
            "metadata": METADATA,
            "instance_tags": {**{key: str(value) for key, value in (self.params["instance_tags"] or {}).items()}, **ours},
            "extra": [],
        }
        self.moves = bool(set(make_plan(before, wanted).keys) - {"tags"})
        self.id = self.id or UNKNOWN  # what is planned has a version too, known after it was made
        return wanted

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        self._try_launch(after)
        self.aws.call(
            "ec2",
            "create_launch_template",
            settled=("InvalidLaunchTemplateName.AlreadyExistsException",),
            ClientToken=str(uuid.uuid4()),
            LaunchTemplateName=self.identity.name,
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": tag_list(after["tags"])}],
            **_version(after),
        )

    def update(self, plan: Plan) -> None:
        if set(plan.keys) <= {"tags"}:
            return
        self._try_launch(plan.after)
        named = {"LaunchTemplateId": self.id}
        latest = self.raw["Latest"]
        if make_plan(_settings(latest), _without_tags(plan.after)).keys:
            answer = self.aws.call("ec2", "create_launch_template_version", ClientToken=str(uuid.uuid4()), **named, **_version(plan.after))
            latest = answer["LaunchTemplateVersion"]
        # Otherwise an earlier run made it, and did not come to make it the default.
        young = (("InvalidLaunchTemplateId.VersionNotFound", ""),)
        self.aws.call("ec2", "modify_launch_template", lagging=young, DefaultVersion=str(latest["VersionNumber"]), **named)
        self._prune()

    def _try_launch(self, after: Shape) -> None:
        """A launch that AWS checks and does not carry out: what a fleet could not launch is refused before anything is written."""
        subnet = self.params.get("dry_run_subnet_id")
        if is_unknown(subnet):
            raise Refusal("the subnet of dry_run_subnet_id was not made; run again without --limit, or name the network too")
        where = {"SubnetId": subnet} if subnet else {}
        launch = {"MinCount": 1, "MaxCount": 1, "DryRun": True, **where, **to_launch(after)}
        try:
            self.aws.call("ec2", "run_instances", settled=("DryRunOperation",), lagging=YOUNG_PROFILE, **launch)
        except AwsFailure as error:
            text = "AWS would not launch an instance of it, so nothing was changed; mend what it names"
            raise AwsFailure(message=text, exception=error.exception) from error

    def _prune(self) -> None:
        """Delete old versions: a template has a quota of them. The newest stay, and all that a group or an instance of it uses."""
        found = self.aws.read("ec2", "describe_launch_template_versions", "LaunchTemplateVersions", LaunchTemplateId=self.id)
        newest_first = sorted((one["VersionNumber"] for one in found if not one["DefaultVersion"]), reverse=True)
        used = self._versions_in_use()
        old = [number for number in newest_first[KEPT - 1 :] if str(number) not in used]
        for start in range(0, len(old), DELETED_AT_ONCE):
            numbers = [str(number) for number in old[start : start + DELETED_AT_ONCE]]
            answer = self.aws.call("ec2", "delete_launch_template_versions", LaunchTemplateId=self.id, Versions=numbers)
            # This call tells of failures in its answer and not by an error.
            for one in answer.get("UnsuccessfullyDeletedLaunchTemplateVersions", []):
                if one["ResponseError"]["Code"] != "launchTemplateVersionDoesNotExist":
                    raise AwsFailure(f"Failed to delete version {one['VersionNumber']} of {self.id}: {one['ResponseError'].get('Message')}")

    def _versions_in_use(self) -> set[str]:
        """The versions that autoscaling groups of this account launch from, or that their instances were launched from."""
        used = []
        for group in self.aws.read("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups"):
            mixed = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
            used += [group.get("LaunchTemplate"), mixed.get("LaunchTemplateSpecification")]
            used += [one.get("LaunchTemplateSpecification") for one in mixed.get("Overrides", [])]
            used += [one.get("LaunchTemplate") for one in group.get("Instances", [])]
        return {str(one.get("Version")) for one in used if one and one.get("LaunchTemplateId") == self.id}

    def delete(self) -> None:
        self.aws.call("ec2", "delete_launch_template", LaunchTemplateId=self.id, settled=("InvalidLaunchTemplateId.NotFound",))

    def set_tags(self, tags: dict[str, str]) -> None:
        self.aws.call("ec2", "create_tags", Resources=[self.id], Tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.aws.call("ec2", "delete_tags", Resources=[self.id], Tags=[{"Key": key} for key in keys])


def _settings(version: Raw) -> dict[str, t.Any]:
    """A version as managed keys."""
    return {**to_shape(version["LaunchTemplateData"]), "image_source": version.get("VersionDescription")}


def _without_tags(after: Shape) -> Shape:
    return {key: value for key, value in after.items() if key != "tags"}


def _version(after: Shape) -> dict[str, t.Any]:
    """The arguments that a create and a new version have in common."""
    return {"VersionDescription": after["image_source"], "LaunchTemplateData": to_data(after)}
