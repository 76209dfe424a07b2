#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: logs_log_group
short_description: Keep the log groups of a component as described
version_added: 0.1.0
description:
  - Keeps every log group of a component in one task.
  - The stack owns them from before the first agent writes, so that retention and key are right from the first line on.
author: Groundwork contributors (@groundwork)
options:
  log_groups:
    description: Every one of the component's. What is not listed is left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the group. It begins with C(/STACK/), or is one that an AWS service chooses.
        type: str
        required: true
      key:
        description: Steady handle within the component, by which it is found; the tag C(groundwork:key). The name by default.
        type: str
      retention_days:
        description: Days for which events are kept, one of the numbers that AWS knows (1, 3, 5, 7, 14, 30, 60, 90, 365 and more). V(0) keeps them for ever.
        type: int
      kms_key_id:
        description:
          - ARN of the KMS key that encrypts events, whose policy lets CloudWatch Logs of the region use it.
          - An empty one leaves what comes from then on to the service's own key.
        type: str
      class:
        description: Class of the group. AWS cannot change it.
        type: str
        choices: [STANDARD, INFREQUENT_ACCESS]
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the logs of the shop
  groundwork.aws.logs_log_group:
    stack: shop
    component: web
    log_groups:
      - {key: app, name: /shop/web/app, retention_days: 30}
      - {key: access, name: /shop/web/access, retention_days: 365, class: INFREQUENT_ACCESS}
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
log_groups:
  description: What stands, or would under check mode; empty when all are absent.
  returned: success
  type: list
  elements: dict
  sample:
    - id: arn:aws:logs:eu-west-1:123456789012:log-group:/shop/web/app
      arn: arn:aws:logs:eu-west-1:123456789012:log-group:/shop/web/app
      key: app
      name: /shop/web/app
      retention_days: 30
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.logs_log_group import main

if __name__ == "__main__":
    main()
