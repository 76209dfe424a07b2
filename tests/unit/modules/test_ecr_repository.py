# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Repositories: images, and what removes them. The rest stands in the table of cases."""

from __future__ import annotations

import json

import pytest

from .cases.ecr import accounts, NAME, repository

MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": {}, "layers": []})


@pytest.fixture
def ids(run, aws) -> dict[str, str]:
    return accounts(aws)


def push(aws, tag: str) -> None:
    aws.ecr.put_image(repositoryName=NAME, imageManifest=MANIFEST, imageTag=tag)


def test_a_repository_with_images_is_removed_only_where_its_tag_says_so(run, aws, ids):
    run.ok("ecr_repository", **repository(ids))
    push(aws, "1")
    for module in ("ecr_repository", "stack_removal"):
        params = {**repository(ids), "state": "absent"} if module == "ecr_repository" else {}
        failed = run(module, **params)
        assert f"repository {NAME} holds images, and its removal is keep" in failed["msg"]
        assert "removal: empty" in failed["msg"]
    run.ok("ecr_repository", **repository(ids, removal="empty"))
    run.ok("stack_removal")
    assert run.ok("stack_info", stack="shop")["resources"] == []


def test_a_tag_that_was_pushed_cannot_be_moved(run, aws, ids):
    run.ok("ecr_repository", **repository(ids))
    push(aws, "1")
    with pytest.raises(aws.ecr.exceptions.ClientError, match="ImageTagAlreadyExists|ImageAlreadyExists"):
        push(aws, "1")


def test_its_address_is_told_for_who_pushes(run, ids):
    made = run.ok("ecr_repository", **repository(ids))["repository"]
    assert made["uri"] == f"123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/{NAME}"


def test_a_lifecycle_is_two_rules_of_which_that_for_any_image_is_the_last(run, aws, ids):
    run.ok("ecr_repository", **repository(ids))
    rules = json.loads(aws.ecr.get_lifecycle_policy(repositoryName=NAME)["lifecyclePolicyText"])["rules"]
    assert [(one["rulePriority"], one["selection"]["tagStatus"], one["selection"]["countNumber"]) for one in rules] == [(1, "untagged", 14), (2, "any", 50)]


def test_a_lifecycle_and_a_policy_that_are_not_spoken_of_are_let_be(run, aws, ids):
    run.ok("ecr_repository", **repository(ids))
    assert not run.ok("ecr_repository", name=NAME)["changed"]
    assert aws.ecr.get_lifecycle_policy(repositoryName=NAME)["lifecyclePolicyText"]
    assert aws.ecr.get_repository_policy(repositoryName=NAME)["policyText"]


def test_a_key_is_known_by_any_of_its_names_and_cannot_be_changed(run, aws, ids):
    key = aws.kms.create_key()["KeyMetadata"]
    aws.kms.create_alias(AliasName="alias/shop", TargetKeyId=key["KeyId"])
    params = repository(ids, encryption="KMS", kms_key_id=key["Arn"])
    run.ok("ecr_repository", **params)
    for name in (key["KeyId"], "alias/shop", key["Arn"]):
        assert not run.ok("ecr_repository", **{**params, "kms_key_id": name})["changed"]
    assert "AWS cannot change encryption" in run("ecr_repository", **repository(ids))["msg"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"kms_key_id": "alias/shop"}, "kms_key_id goes with encryption: KMS or KMS_DSSE"),
        ({"lifecycle": {"keep_images": 0}}, "the numbers of a lifecycle are 1 or more"),
    ],
)
def test_what_cannot_be_is_refused(run, ids, change: dict, text: str):
    writes = len(run.writes())
    assert text in run("ecr_repository", check=True, **repository(ids, **change))["msg"]
    assert len(run.writes()) == writes


def test_a_repository_of_another_name_is_found_by_the_tagging_index(run, ids):
    run.ok("ecr_repository", name="till")
    found = run.ok("stack_info", stack="shop")["resources"]
    assert [(one["type"], one["name"]) for one in found] == [("ecr_repository", "till")]
