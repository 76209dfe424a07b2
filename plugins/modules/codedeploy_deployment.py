#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: codedeploy_deployment
short_description: See that a deployment group runs a revision
version_added: 0.1.0
description:
  - A deployment is a wanted state here. A revision is what the group last ran with success. Where it is, nothing is done.
  - A deployment of that revision that is running already is resumed and awaited; so a run that was killed goes on where it was.
  - Where it fails, the message names each instance's hook that failed, its script, and the end of its log.
  - Deployments bear no tags and cannot be removed. O(tags), O(purge_tags), O(adopt) and O(replace) mean nothing here.
author: Groundwork contributors (@groundwork)
options:
  state:
    description: A deployment that was made stays on record; there is no other state.
    type: str
    choices: [present]
    default: present
  application:
    description: Name of the application.
    type: str
    required: true
  deployment_group:
    description: Name of the deployment group.
    type: str
    required: true
  revision:
    description:
      - The bundle in S3.
      - Without a version and an ETag, an object that was put anew under the same key is not told from the one before.
    type: dict
    required: true
    suboptions:
      bucket:
        description: Name of the bucket.
        type: str
        required: true
      key:
        description: Key of the object.
        type: str
        required: true
      bundle_type:
        description: How it is packed; by the end of the key unless given.
        type: str
        choices: [zip, tar, tgz]
      version:
        description: Version of the object, in a bucket that keeps versions.
        type: str
      etag:
        description: ETag that the object must have.
        type: str
  description:
    description: What the record of deployments says of it, up to 230 characters; a mark of this run is put behind it.
    type: str
  force:
    description: Whether to deploy although the group runs that revision already.
    type: bool
    default: false
  queue:
    description: Whether to wait until a running deployment of another revision has ended, rather than refuse. What AWS started is always awaited.
    type: bool
    default: false
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Release the shop's website
  groundwork.aws.codedeploy_deployment:
    stack: shop
    component: delivery
    application: shop
    deployment_group: shop-web
    revision: {bucket: shop-revisions, key: revisions/web/app-1.2.3.zip}
    wait_timeout: 3600
"""

RETURN = r"""
planned:
  description: Each resource with its component, type, name, key, action (none, create, update, replace, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
deployment:
  description: The group's last success, or the deployment that was started with O(wait=false).
  returned: success
  type: dict
  contains:
    id:
      description: Its id; V((known after apply)) under check mode, when it is yet to be made.
      type: str
      returned: always
    status:
      description: AWS's word for how far it is.
      type: str
      returned: when it was made
    instances:
      description: Numbers of instances by their state.
      type: dict
      returned: when it was made
    failed_instances:
      description:
        - Instances that failed, each with its C(hook), C(script), C(code), C(message) and C(log).
        - A deployment succeeds although some failed, where its configuration says so.
      type: list
      elements: dict
      returned: when it was made
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.codedeploy_deployment import main

if __name__ == "__main__":
    main()
