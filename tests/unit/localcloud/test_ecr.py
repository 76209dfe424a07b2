# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Repositories of ECR and the images in them."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, UTC
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud, additions
from localcloud.clock import CLOCK

from .conftest import client_of

ARN = "arn:aws:ecr:eu-west-1:123456789012:repository/web"


def manifest(number: int = 1) -> str:
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": number, "digest": f"sha256:{number:064}"}
    return json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": config, "layers": []})


@pytest.fixture
def ecr(cloud: LocalCloud) -> Any:
    return client_of(cloud.endpoint, "ecr")


def make(ecr: Any, name: str = "web", **changed: Any) -> dict[str, Any]:
    return dict(ecr.create_repository(repositoryName=name, **changed)["repository"])


def push(ecr: Any, tag: str = "1", number: int = 1, name: str = "web") -> dict[str, Any]:
    return dict(ecr.put_image(repositoryName=name, imageManifest=manifest(number), imageTag=tag)["image"])


def _tags(*keys: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": "v"} for key in keys]


Case = Callable[[Any], Any]
# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Case]] = [
    ("check_repository", "KmsException", lambda e: make(e, encryptionConfiguration={"encryptionType": "KMS", "kmsKey": "none"})),
    ("check_repository", "RepositoryAlreadyExistsException", lambda e: (make(e), make(e))),
    ("check_repository", "InvalidParameterException", lambda e: make(e, "Web")),
    ("restrict_tags", "InvalidTagParameterException", lambda e: make(e, tags=_tags("aws:x"))),
    ("restrict_tags", "TooManyTagsException", lambda e: (make(e, tags=_tags("x")), e.tag_resource(resourceArn=ARN, tags=_tags(*map(str, range(50)))))),
    ("check_image", "RepositoryNotFoundException", push),
    ("check_image", "InvalidParameterException", lambda e: (make(e), e.put_image(repositoryName="web", imageManifest="{", imageTag="1"))),
    ("check_image", "ImageTagAlreadyExistsException", lambda e: (make(e, imageTagMutability="IMMUTABLE"), push(e), push(e, number=2))),
    ("check_image", "ImageAlreadyExistsException", lambda e: (make(e, imageTagMutability="IMMUTABLE"), push(e), push(e))),
    ("check_image", "RepositoryNotEmptyException", lambda e: (make(e), push(e), e.delete_repository(repositoryName="web"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{row[1]}" for row in REFUSALS])
def test_what_ecr_refuses_is_refused(ecr: Any, code: str, case: Case) -> None:
    with pytest.raises(ClientError) as refused:
        case(ecr)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(("quota", "case"), [("ecr_repositories", make), ("images_per_repository", lambda e: (make(e), push(e)))])
def test_quotas_are_kept(cloud: LocalCloud, ecr: Any, quota: str, case: Case) -> None:
    cloud.dials.quotas = {quota: 0}
    with pytest.raises(ClientError, match="LimitExceededException"):
        case(ecr)


def test_every_addition_of_ecr_that_checks_a_call_has_its_refusal_here() -> None:
    additions.load()
    checking = {each.run.__name__ for each in additions.ADDITIONS if each.when in ("before", "last") and each.run.__module__.endswith(".ecr")}
    assert checking == {row[0] for row in REFUSALS}


def test_a_repository_tells_where_it_is_and_how_it_is_kept(cloud: LocalCloud, ecr: Any) -> None:
    key = client_of(cloud.endpoint, "kms").create_key()["KeyMetadata"]["Arn"]
    told = make(ecr, imageTagMutability="IMMUTABLE", imageScanningConfiguration={"scanOnPush": True}, tags=_tags("from"),
                encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key})  # fmt: skip
    assert told["repositoryUri"] == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web"
    assert told == ecr.describe_repositories(repositoryNames=["web"])["repositories"][0]
    assert (told["imageTagMutability"], told["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": True})
    assert told["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": key}
    found = client_of(cloud.endpoint, "resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "from"}])["ResourceTagMappingList"]
    assert [one["ResourceARN"] for one in found] == [told["repositoryArn"]] == [ARN]


def test_an_image_is_known_by_the_digest_of_its_manifest_and_may_have_more_tags(ecr: Any) -> None:
    make(ecr, imageTagMutability="IMMUTABLE")
    digest = push(ecr)["imageId"]["imageDigest"]
    assert digest == f"sha256:{hashlib.sha256(manifest().encode()).hexdigest()}"
    push(ecr, "1.0")
    other = push(ecr, "2", 2)["imageId"]["imageDigest"]
    assert other != digest
    told = {one["imageDigest"]: one["imageTags"] for one in ecr.describe_images(repositoryName="web")["imageDetails"]}
    assert told == {digest: ["1", "1.0"], other: ["2"]}


def test_a_mutable_tag_moves(ecr: Any) -> None:
    make(ecr)
    push(ecr)
    second = push(ecr, number=2)["imageId"]["imageDigest"]
    assert ecr.describe_images(repositoryName="web", imageIds=[{"imageTag": "1"}])["imageDetails"][0]["imageDigest"] == second


@pytest.mark.usefixtures("virtual_time")
def test_what_is_pushed_is_scanned_where_the_repository_says_so(cloud: LocalCloud, ecr: Any) -> None:
    make(ecr, imageScanningConfiguration={"scanOnPush": True})
    make(ecr, "unscanned")
    cloud.dials.settle = 0.3
    push(ecr)
    push(ecr, name="unscanned")

    def findings(name: str = "web") -> dict[str, Any]:
        return dict(ecr.describe_image_scan_findings(repositoryName=name, imageId={"imageTag": "1"}))

    assert findings()["imageScanStatus"]["status"] == "IN_PROGRESS"
    CLOCK.advance(1)
    assert findings()["imageScanStatus"]["status"] == "COMPLETE"
    assert findings()["imageScanFindings"]["findings"] == []
    assert ecr.describe_images(repositoryName="web")["imageDetails"][0]["imageScanStatus"]["status"] == "COMPLETE"
    with pytest.raises(ClientError, match="ScanNotFoundException"):
        findings("unscanned")


def test_a_lifecycle_policy_is_kept_and_taken_away(ecr: Any) -> None:
    make(ecr)
    rule = {"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 14}, "action": {"type": "expire"}}
    text = json.dumps({"rules": [rule]})
    ecr.put_lifecycle_policy(repositoryName="web", lifecyclePolicyText=text)
    assert json.loads(ecr.get_lifecycle_policy(repositoryName="web")["lifecyclePolicyText"]) == {"rules": [rule]}
    ecr.delete_lifecycle_policy(repositoryName="web")
    with pytest.raises(ClientError, match="LifecyclePolicyNotFoundException"):
        ecr.get_lifecycle_policy(repositoryName="web")


def test_lists_come_in_pages(ecr: Any) -> None:
    for number in range(3):
        make(ecr, f"web{number}")
        push(ecr, str(number), number, name="web0")
    for operation, field, asked in (("describe_repositories", "repositories", {}), ("describe_images", "imageDetails", {"repositoryName": "web0"}),
                                    ("list_images", "imageIds", {"repositoryName": "web0"})):  # fmt: skip
        assert len(getattr(ecr, operation)(**asked, maxResults=2)[field]) == 2
        pages = ecr.get_paginator(operation).paginate(**asked, PaginationConfig={"PageSize": 2})
        assert sum(len(page[field]) for page in pages) == 3


def test_a_repository_goes_with_its_images_by_force(ecr: Any) -> None:
    make(ecr)
    push(ecr)
    ecr.delete_repository(repositoryName="web", force=True)
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        ecr.describe_repositories(repositoryNames=["web"])


def test_a_token_is_good_for_twelve_hours(ecr: Any) -> None:
    data = ecr.get_authorization_token()["authorizationData"][0]
    hours = (data["expiresAt"] - datetime.now(UTC)).total_seconds() / 3600
    assert 11.9 < hours <= 12
