#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: iam_service_linked_role
short_description: See to it that AWS's own roles for services stand
version_added: 0.1.0
description:
  - Makes the service-linked roles that an account lacks, and waits until they are seen. Most services make theirs at their first use, which
    then fails now and again, since IAM is consistent only eventually.
  - Such a role is used by the whole account. It bears no tag of a stack, is never removed with one, and O(state=absent) is refused.
author: Groundwork contributors (@groundwork)
options:
  state:
    description: They can be made, and not removed.
    type: str
    choices: [present]
    default: present
  services:
    description: The services' principals, such as V(autoscaling.amazonaws.com).
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See to the roles of load balancing and autoscaling
  groundwork.aws.iam_service_linked_role:
    stack: shop
    component: spring
    services: [elasticloadbalancing.amazonaws.com, autoscaling.amazonaws.com]
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
roles:
  description: Each service with its role.
  returned: success
  type: list
  elements: dict
  sample: [{id: "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
            service: autoscaling.amazonaws.com, role_name: AWSServiceRoleForAutoScaling}]
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.iam_service_linked_role import main

if __name__ == "__main__":
    main()
