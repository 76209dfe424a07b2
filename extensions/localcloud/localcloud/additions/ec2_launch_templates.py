# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: launch templates and their versions."""
from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateBackend, LaunchTemplateVersion
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import parse_user_data

from ..call import Call
from ..dials import within
from ..ec2_kinds import backend_of
from ..replies import AwsError
from . import before, patch

_LIMITS_PAGE = "EC2 user guide, launch-template-restrictions"
# "Minimum length of 3. Maximum length of 128. Pattern: [a-zA-Z0-9\(\)\.\-/_]+", API_CreateLaunchTemplate
_NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")
#: The most versions that a call takes or answers, API_DeleteLaunchTemplateVersions, API_DescribeLaunchTemplateVersions.
_PAGE = 200


def template_of(call: Call, named: dict[str, Any]) -> LaunchTemplate:
    """The template that `LaunchTemplateId` or `LaunchTemplateName` names. Raises AWS's own NotFound error."""
    backend, id, name = backend_of(call), named.get("LaunchTemplateId"), named.get("LaunchTemplateName")
    template = backend.launch_templates.get(id or backend.launch_template_name_to_ids.get(name))
    if template is None:
        code = "InvalidLaunchTemplateId.NotFound" if id else "InvalidLaunchTemplateName.NotFoundException"
        raise AwsError(code, f"The specified launch template, {id or name}, does not exist.")
    return template


def version_of(call: Call, named: dict[str, Any]) -> LaunchTemplateVersion:
    """The version that a launch template specification names: the default one unless another is given."""
    template, number = template_of(call, named), named.get("Version", "$Default")
    try:
        return template.get_version(number)
    except InvalidLaunchTemplateVersionNotFound as error:
        raise AwsError("InvalidLaunchTemplateId.VersionNotFound", error.message) from None


@before("ec2", "CreateLaunchTemplate", adds="rules of the name; LaunchTemplateLimitExceeded by the quota",
        source="API_CreateLaunchTemplate; " + _LIMITS_PAGE)  # fmt: skip
def create_template(call: Call) -> None:
    name = call.params["LaunchTemplateName"]
    if not _NAME.fullmatch(name):
        text = f"Launch template name '{name}' is invalid: 3 to 128 letters, digits and ( ) . - / _"
        raise AwsError("InvalidLaunchTemplateName.MalformedException", text)
    within("launch_templates", len(backend_of(call).launch_templates), "LaunchTemplateLimitExceeded", "launch templates")


@before("ec2", "CreateLaunchTemplateVersion", adds="VersionLimitExceeded by the quota a template", source=_LIMITS_PAGE)
def create_version(call: Call) -> None:
    used = len(template_of(call, call.params).versions)
    within("launch_template_versions", used, "VersionLimitExceeded", "versions of this launch template")


@before("ec2", "DeleteLaunchTemplateVersions", adds="the template exists; 200 versions a call at most", source="API_DeleteLaunchTemplateVersions")
def delete_versions(call: Call) -> None:
    template_of(call, call.params)
    if len(call.params["Versions"]) > _PAGE:
        raise AwsError("InvalidParameterValue", f"At most {_PAGE} launch template versions can be deleted in a call.")


@patch("ec2", "CreateLaunchTemplate", "CreateLaunchTemplateVersion", "DescribeLaunchTemplates",
       adds="the template's own tags stay out of its data and are read as they are now; a number is never given twice; user data is "
       "the instance's in every version", source="API_CreateLaunchTemplate, API_LaunchTemplateVersion")  # fmt: skip
def versions_are_numbered() -> None:
    def create(self: Any, data: dict[str, Any], description: str) -> LaunchTemplateVersion:
        kept = {key: value for key, value in data.items() if value is not None}
        if isinstance(kept.get("UserData"), str):
            kept["UserData"] = parse_user_data(kept["UserData"])
        if "TagSpecifications" in kept:
            kept["TagSpecifications"] = [one for one in kept["TagSpecifications"] if one["ResourceType"] != "launch-template"]
        self.last_number = getattr(self, "last_number", 0) + 1
        self.versions.append(LaunchTemplateVersion(self, self.last_number, kept, description))
        return self.versions[-1]

    def get(self: Any, number: Any) -> LaunchTemplateVersion:
        wanted = {"$latest": self.versions[-1].number, "$default": self.default_version_number}.get(str(number).lower(), number)
        for version in self.versions:
            if str(version.number) == str(wanted):
                return version
        raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=number)

    LaunchTemplate.create_version, LaunchTemplate.get_version = create, get
    LaunchTemplate.default_version = lambda self: get(self, "$default")
    LaunchTemplate.tags = property(lambda self: self.get_tags(), lambda self, _first: None)


@patch("ec2", "DeleteLaunchTemplateVersions", adds="the operation: the default version stays, and what is not there is told in the answer",
       source="API_DeleteLaunchTemplateVersions")  # fmt: skip
def versions_can_be_deleted() -> None:
    def delete(self: Any) -> ActionResult:
        backend, name = self.ec2_backend, self._get_param("LaunchTemplateName")
        template = backend.get_launch_template_by_name(name) if name else backend.get_launch_template(self._get_param("LaunchTemplateId"))
        done, failed = [], []
        for number in self._get_param("Versions", []):
            version = next((one for one in template.versions if str(one.number) == number), None)
            said = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": number}
            if version is None:
                failed.append({**said, "ResponseError": _error("launchTemplateVersionDoesNotExist", f"There is no version {number}")})
            elif template.is_default(version):
                failed.append({**said, "ResponseError": _error("unexpectedError", f"Version {number} is the default version")})
            else:
                template.versions.remove(version)
                done.append(said)
        return ActionResult({"SuccessfullyDeletedLaunchTemplateVersions": done, "UnsuccessfullyDeletedLaunchTemplateVersions": failed})

    LaunchTemplates.delete_launch_template_versions = delete


def _error(code: str, message: str) -> dict[str, str]:
    return {"Code": code, "Message": message}


@patch("ec2", "DescribeLaunchTemplateVersions", adds="newest first, in pages of 200 at most; bounds are version numbers",
       source="API_DescribeLaunchTemplateVersions")  # fmt: skip
def versions_are_paged() -> None:
    first_model, first_response = LaunchTemplateBackend.describe_launch_template_versions, LaunchTemplates.describe_launch_template_versions

    def every(self: Any, **asked: Any) -> list[tuple[LaunchTemplate, LaunchTemplateVersion]]:
        least, most = (int(asked.pop(name) or 0) for name in ("min_version", "max_version"))
        found = first_model(self, **asked | {"min_version": 0, "max_version": 0, "max_results": None})
        within_bounds = [pair for pair in found if pair[1].number >= least and (not most or pair[1].number <= most)]
        return sorted(within_bounds, key=lambda pair: pair[1].number, reverse=True)

    def page(self: Any) -> ActionResult:
        found = first_response(self).result["LaunchTemplateVersions"]
        start, size = int(self._get_param("NextToken") or 0), int(self._get_param("MaxResults") or _PAGE)
        rest = {"NextToken": str(start + size)} if start + size < len(found) else {}
        return ActionResult({"LaunchTemplateVersions": found[start : start + size], **rest})

    LaunchTemplateBackend.describe_launch_template_versions = every
    LaunchTemplates.describe_launch_template_versions = page
