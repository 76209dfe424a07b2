#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: codedeploy_application
short_description: Keep a CodeDeploy application as described
version_added: 0.1.0
description:
  - Keeps an application, the parent of deployment groups. The name is the application's own, and a region has one of a name.
  - Its deployment groups, and the record of its deployments, go with it when it is removed.
author: Groundwork contributors (@groundwork)
options:
  compute_platform:
    description: What it deploys to. Only instances are kept here. AWS cannot change it.
    type: str
    choices: [Server]
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the application of the shop
  groundwork.aws.codedeploy_application:
    stack: shop
    component: delivery
    name: shop
    compute_platform: Server
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
application:
  description: What stands, or would under check mode; empty when it is absent.
  returned: success
  type: dict
  sample: {id: "arn:aws:codedeploy:eu-west-1:123456789012:application:shop", name: shop, compute_platform: Server}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.codedeploy_application import main

if __name__ == "__main__":
    main()
