#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_repository
short_description: Keep a repository of container images as described
version_added: 0.1.0
description:
  - Keeps a private repository of ECR, found by its name, which no other of the account's region can have. Its images are others' to push.
author: Groundwork contributors (@groundwork)
options:
  encryption:
    description: What encrypts its images. AWS cannot change it.
    type: str
    choices: [AES256, KMS, KMS_DSSE]
    default: AES256
  kms_key_id:
    description: The KMS key, by id, ARN or alias, where O(encryption) is not V(AES256); AWS's own key for ECR otherwise. AWS cannot change it.
    type: str
  immutable_tags:
    description: Whether a tag that was pushed can never be moved to another image.
    type: bool
    default: true
  scan_on_push:
    description: Whether images are scanned for known vulnerabilities when they are pushed.
    type: bool
    default: true
  lifecycle:
    description:
      - Which images ECR deletes by itself, within a day; none when empty.
      - ECR asks nobody whether an image is still run. Leave enough of them for what you may go back to.
    type: dict
    suboptions:
      untagged_days:
        description: Images without a tag expire so many days after they were pushed.
        type: int
      keep_images:
        description: All but so many images, the newest by when they were pushed, expire.
        type: int
  policy:
    description: Who else may use it, as a policy document; none when empty.
    type: dict
  removal:
    description:
      - Whether a removal is refused while images are in it (V(keep)), or takes them along (V(empty)).
      - Kept in the tag C(groundwork:removal), which removals read.
    type: str
    choices: [keep, empty]
    default: keep
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the repository of the shop's application
  groundwork.aws.ecr_repository:
    stack: shop
    component: app
    name: shop-app
    lifecycle: {untagged_days: 14, keep_images: 100}
"""

RETURN = r"""
planned:
  description: The resource with its component, type, name, key, action (none, create, update, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
repository:
  description:
    - What stands, or would under check mode; empty when it is absent. C(id) is its ARN.
    - C(repository.uri) is what images are named by; only what stands has one.
  returned: success
  type: dict
  sample:
    id: arn:aws:ecr:eu-west-1:123456789012:repository/shop-app
    uri: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-app
    name: shop-app
    immutable_tags: true
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ecr_repository import main

if __name__ == "__main__":
    main()
