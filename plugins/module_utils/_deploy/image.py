# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which image is meant: a tag of ECR becomes the digest that it stands for, so that what is deployed is what was looked at.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
"""

from __future__ import annotations

import re
import typing as t

from .._aws import Aws
from .._core.plan import Refusal

#: ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG, or @sha256:... in the place of the tag.
ECR = re.compile(r"(?P<registry>(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?)/(?P<name>[^:@\s]+)(?P<which>[:@]\S+)?")
NO_REPOSITORY, NO_IMAGE = "RepositoryNotFoundException", "ImageNotFoundException"


def resolved(aws: Aws, image: str, repository: str) -> str:
    """The image by its digest, where it is in ECR in this region; any other as it is given.

    ``image`` that begins with ``:`` or ``@`` is a tag, or a digest, of ``repository``. Raise Refusal where there is no such image.
    """
    if re.search(r"\s", image):
        raise Refusal(f"deploy_image has a blank in it: {image!r}")
    whole = f"{_uri(aws, repository)}{image}" if image[:1] in (":", "@") else image
    found = ECR.fullmatch(whole)
    if not found:
        return whole
    if not found["which"]:
        raise Refusal(f"{whole} names neither tag nor digest; give one, as {whole}:1.4.0")
    if found["region"] != aws.region:
        if found["which"].startswith("@"):
            return whole
        raise Refusal(f"{whole} is in {found['region']}, where its tag is not looked up from {aws.region}; give its digest, @sha256:...")
    return f"{found['registry']}/{found['name']}@{_digest(aws, whole, found)}"


def _uri(aws: Aws, repository: str) -> str:
    found = aws.find("ecr", "describe_repositories", "repositories", NO_REPOSITORY, repositoryNames=[repository])
    if not found:
        raise Refusal(f"there is no repository {repository}; run site.yml first")
    return found[0]["repositoryUri"]


def _digest(aws: Aws, whole: str, found: t.Mapping[str, str]) -> str:
    which = found["which"]
    asked = {"imageTag": which[1:]} if which.startswith(":") else {"imageDigest": which[1:]}
    where = {"registryId": found["account"], "repositoryName": found["name"]}
    details = aws.find("ecr", "describe_images", "imageDetails", NO_IMAGE, NO_REPOSITORY, **where, imageIds=[asked])
    if not details:
        raise Refusal(f"there is no image {whole} in ECR; push it, and deploy again")
    return details[0]["imageDigest"]
