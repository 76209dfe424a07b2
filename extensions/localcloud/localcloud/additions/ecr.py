# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECR: repositories, and the images in them."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, UTC
from typing import Any

from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource
from moto.core.responses import ActionResult
from moto.ecr.models import ECRBackend, Image, Repository, ecr_backends
from moto.ecr.responses import ECRResponse
from moto.kms.models import kms_backends

from ..call import Call
from ..clock import CLOCK
from ..dials import DIALS, within
from ..replies import AwsError
from . import before, patch

# API_TagResource; API_DescribeRepositories: maxResults.
_TAGS, _PAGE, _LARGEST = 50, 100, 1000
_PAGES = {"describe_repositories": "repositories", "describe_images": "imageDetails", "list_images": "imageIds"}


def _backend(call: Call) -> ECRBackend:
    return ecr_backends[call.account][call.region]


def _repository(call: Call) -> Repository:
    """The repository that a call names. Raises RepositoryNotFoundException."""
    name = call.params["repositoryName"]
    found = _backend(call).repositories.get(name)
    if found is None:
        text = f"The repository with name '{name}' does not exist in the registry with id '{call.account}'"
        raise AwsError("RepositoryNotFoundException", text)
    return found


@before("ecr", "CreateRepository", adds="the key exists and is enabled (KmsException); quota: LimitExceededException", source="API_CreateRepository: Errors")
def check_repository(call: Call) -> None:
    given = call.params.get("encryptionConfiguration", {})
    if key := given.get("kmsKey"):
        backend = kms_backends[call.account][call.region]
        found = backend.keys.get(backend.any_id_to_key_id(key) or "")
        if given["encryptionType"] == "AES256" or found is None or found.key_state != "Enabled":
            raise AwsError("KmsException", f"The KMS key '{key}' does not exist, is not enabled, or cannot be used here.")
    within("ecr_repositories", len(_backend(call).repositories), "LimitExceededException", "repositories")


@before("ecr", "CreateRepository", "TagResource", adds="fifty tags at most, and none of `aws:`", source="API_TagResource: Errors; user guide, ecr-using-tags")
def restrict_tags(call: Call) -> None:
    keys = [one.get("Key", "") for one in call.params.get("tags", [])]
    if any(key.lower().startswith("aws:") or not key for key in keys):
        raise AwsError("InvalidTagParameterException", "Tag keys that start with aws: are reserved for AWS use.")
    arn = call.params.get("resourceArn")
    standing = _backend(call).tagger.get_tag_dict_for_resource(arn) if arn else {}
    if len({*standing, *keys}) > _TAGS:
        raise AwsError("TooManyTagsException", f"The maximum number of tags for a repository is {_TAGS}.")


@before("ecr", "PutImage", adds="a repository that is there; a manifest that is one; ImageTagAlreadyExistsException where tags are immutable; quota",
        source="API_PutImage: Errors; user guide, image-tag-mutability")  # fmt: skip
def check_image(call: Call) -> None:
    repository, tag = _repository(call), call.params.get("imageTag")
    try:
        manifest = json.loads(call.params["imageManifest"])
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict):
        raise AwsError("InvalidParameterException", "Invalid parameter at 'imageManifest' failed to satisfy constraint: 'Invalid JSON syntax'")
    holder = next((one for one in repository.images if tag in one.image_tags), None)
    if holder and holder.image_manifest != call.params["imageManifest"] and repository.image_tag_mutability == "IMMUTABLE":
        text = f"The image tag '{tag}' already exists in the '{repository.name}' repository and cannot be overwritten because the tag is immutable."
        raise AwsError("ImageTagAlreadyExistsException", text)
    within("images_per_repository", len(repository.images), "LimitExceededException", "images")


@patch("ecr", "PutImage", "DescribeImages", "DescribeImageScanFindings", adds="an image's digest is that of its manifest; scanned on push where the "
       "repository says so, by `settle`, without findings unless somebody made some",
       source="API_ImageDetail, API_DescribeImageScanFindings; user guide, image-scanning-basic")  # fmt: skip
def images() -> None:
    first_put, first_findings = ECRBackend.put_image, ECRBackend.describe_image_scan_findings

    def put(self: Any, repository_name: str, *args: Any, **kwargs: Any) -> Image:
        image = first_put(self, repository_name, *args, **kwargs)
        if self.repositories[repository_name].image_scanning_configuration.get("scanOnPush") and not image.last_scan:
            image.last_scan = datetime.fromtimestamp(CLOCK.now(), UTC)
        return image

    def findings(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = first_findings(self, *args, **kwargs)
        repository = self.repositories[found["repositoryName"]]
        image = repository._get_image(None, found["imageId"]["imageDigest"])
        if not image.scan_finding_results:
            found["imageScanFindings"] |= {"findings": [], "findingSeverityCounts": {}}
        return found | ({"imageScanStatus": image.image_scan_status} if image.image_scan_status["status"] == "IN_PROGRESS" else {})

    def digest(self: Any) -> str:
        return self._image_digest or f"sha256:{hashlib.sha256(self.image_manifest.encode()).hexdigest()}"

    ECRBackend.put_image, ECRBackend.describe_image_scan_findings = put, findings
    Image.get_image_digest, Image.image_scan_status = digest, property(_scan_status)


def _scan_status(image: Any) -> dict[str, str] | None:
    if image.last_scan is None:
        return None
    if CLOCK.now() - image.last_scan.timestamp() < DIALS.settle:
        return {"status": "IN_PROGRESS"}
    return {"status": "COMPLETE", "description": "The scan was completed successfully."}


@patch("ecr", "DescribeRepositories", "DescribeImages", "ListImages", "GetAuthorizationToken",
       adds="pages, by maxResults and nextToken; a token is good for twelve hours",
       source="API_DescribeRepositories, API_DescribeImages, API_ListImages: maxResults, nextToken; API_AuthorizationData")  # fmt: skip
def pages() -> None:
    first_token = ECRResponse.get_authorization_token

    def token(self: Any) -> ActionResult:
        found = first_token(self).result["authorizationData"]
        return ActionResult({"authorizationData": [one | {"expiresAt": datetime.now(UTC) + timedelta(hours=12)} for one in found]})

    ECRResponse.get_authorization_token = token
    for name, field in _PAGES.items():
        setattr(ECRResponse, name, _paged(getattr(ECRResponse, name), field))


def _paged(first: Callable[[Any], ActionResult], field: str) -> Callable[[Any], ActionResult]:
    def listed(self: Any) -> ActionResult:
        items = list(first(self).result[field])
        token, most = self._get_param("nextToken") or "0", int(self._get_param("maxResults") or _PAGE)
        if not token.isdigit() or not 1 <= most <= _LARGEST:
            raise AwsError("InvalidParameterException", "Invalid parameter at 'nextToken' or 'maxResults'.")
        begin, end = int(token), int(token) + most
        return ActionResult({field: items[begin:end]} | ({"nextToken": str(end)} if end < len(items) else {}))

    return listed


@patch("resourcegroupstaggingapi", "GetResources", adds="repositories of ECR", source="Tagging API: supported resource types")
def list_repositories() -> None:
    def tagged(self: Any) -> Iterator[TaggedResource]:
        for one in self.repositories.values():
            yield TaggedResource(one.arn, self.tagger.get_tag_dict_for_resource(one.arn), "ecr:repository")

    ECRBackend.SERVICE_NAMESPACE, ECRBackend.iter_tagged_resources = "ecr", tagged
    ECRBackend.__bases__ = (*ECRBackend.__bases__, TaggableResourcesMixin)
