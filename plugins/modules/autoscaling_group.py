#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: autoscaling_group
short_description: Keep an Auto Scaling group as described
version_added: 0.1.0
description:
  - Keeps a fleet of one launch template. It is found by its name, which no other group of the region can have.
  - What others do with it stays as it is - suspended processes, lifecycle hooks, scale-in protection, the capacity that a policy chose.
  - Removing it is by force. Its instances go with it, protected or not, and the module waits until AWS lists it no more.
author: Groundwork contributors (@groundwork)
options:
  launch_template_id:
    description: The launch template. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  launch_template_version:
    description:
      - The version to launch, a number. C($Latest) and C($Default) are refused, since what moves by itself cannot be rolled back.
      - A fleet that runs keeps the version it has. M(groundwork.aws.autoscaling_instance_refresh) moves it to another one, since AWS
        rolls a failed refresh back to what the group still says. While no instance runs, the group itself takes the version.
    type: str
    required: true
  subnet_ids:
    description: Subnets to launch in.
    type: list
    elements: str
    required: true
  min_size:
    description: Least number of instances.
    type: int
    required: true
  max_size:
    description: Greatest number of instances.
    type: int
    required: true
  desired_capacity:
    description:
      - Number of instances to begin with; O(min_size) by default. Afterwards it belongs to the scaling policies, and is no drift.
      - New bounds move it as far as they must.
    type: int
  target_group_ids:
    description: ARNs of all the target groups that its instances are registered with.
    type: list
    elements: str
  health_check:
    description:
      - Whose word makes an instance unhealthy, so that it is replaced. V(ec2) is EC2's status checks, V(elb) the load balancer's as well.
      - V(auto) begins with V(ec2), or a fleet without an application would be replaced for ever. A later run, which finds as many instances
        healthy in every target group as are wanted, turns it to V(elb), where it stays. Without target groups it is V(ec2).
    type: str
    choices: [auto, ec2, elb]
    default: auto
  health_check_grace_period:
    description: Seconds in service before an instance's health counts.
    type: int
  default_instance_warmup:
    description: Seconds in service until an instance counts as warmed up, for its metrics and for a refresh.
    type: int
  termination_policies:
    description: Which instance goes first when there are too many, in the order of their say.
    type: list
    elements: str
  capacity_rebalance:
    description: Whether Spot instances at risk are replaced before they are interrupted.
    type: bool
  metrics:
    description: Whether the group's metrics are collected, each minute.
    type: bool
  new_instances_protected_from_scale_in:
    description: Whether instances are launched with protection from scale-in.
    type: bool
  max_instance_lifetime:
    description: Seconds after which an instance is replaced, 86400 at least; 0 for never.
    type: int
  instance_tags:
    description:
      - Tags that the group puts on the instances it launches, beside those of the launch template, over which they win.
      - The group bears them too, in the place of its own tags of the same key.
    type: dict
  instance_maintenance_policy:
    description: How far the fleet may shrink or grow while instances are replaced, as parts of the desired capacity.
    type: dict
    suboptions:
      min_healthy_percentage:
        description: Least part in service, 0 to 100.
        type: int
        required: true
      max_healthy_percentage:
        description: Greatest part in service or on its way, 100 to 200; at most 100 more than the least.
        type: int
        required: true
  wait_for_instances:
    description:
      - Whether to wait, after a change that launches instances, until all are in service. A launch that EC2 refuses fails the module at
        once, with EC2's reason, for example a vCPU quota.
    type: bool
    default: true
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the web servers of the shop
  groundwork.aws.autoscaling_group:
    stack: shop
    component: web
    name: shop-web
    launch_template_id: lt-0123456789abcdef0
    launch_template_version: 3
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    min_size: 2
    max_size: 4
    desired_capacity: 2
    target_group_ids: [arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-web/0123456789abcdef]
    health_check_grace_period: 180
    metrics: true
    instance_tags: {Name: shop-web-server}
"""

RETURN = r"""
planned:
  description: The group with its component, type, name, key, action (none, create, update, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
auto_scaling_group:
  description:
    - What stands, or would under check mode; empty when it is absent. The id is its name, which is what other calls take.
    - Beside what is managed, its C(arn), its C(instances) and its C(suspended_processes).
  returned: success
  type: dict
  sample:
    id: shop-web
    arn: arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:0123:autoScalingGroupName/shop-web
    launch_template_version: 3
    instances: [{id: i-0123456789abcdef0, availability_zone: eu-west-1a, state: InService, health: healthy, launch_template_version: 3}]
    suspended_processes: []
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.autoscaling_group import main

if __name__ == "__main__":
    main()
