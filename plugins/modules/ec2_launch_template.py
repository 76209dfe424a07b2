#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_launch_template
short_description: Keep a launch template as described
version_added: 0.1.0
description:
  - Keeps one launch template, found by its name. What stands is its default version.
  - A change makes a new version of all that is wanted, tries a launch of it that AWS checks and does not carry out, and makes it the default.
  - The newest three versions are kept, and every one that an autoscaling group or one of its instances uses.
  - Instance metadata is given to session tokens only, and never the instance's tags. There is no key pair. What else a template says is taken out.
author: Groundwork contributors (@groundwork)
options:
  name:
    description: The template's name, its own in the region. 3 to 128 letters, digits and C(( ) . - / _).
    type: str
    required: true
  key:
    description: Steady handle within the component; the tag C(groundwork:key). The name by default.
    type: str
  image:
    description:
      - An image by its id, or the path of a public SSM parameter that names the latest one of its kind.
      - An image that was found by a parameter is pinned. It stays until O(image_refresh) is set, or another parameter is named.
    type: str
    required: true
  image_refresh:
    description: Whether the parameter's present image takes the place of the one that is pinned.
    type: bool
    default: false
  instance_type:
    description: The type of the instances.
    type: str
    required: true
  instance_profile:
    description: Name of the instance profile. Empty for none.
    type: str
    default: ""
  security_group_ids:
    description: Every security group of the instances.
    type: list
    elements: str
    required: true
  root_volume:
    description: The volume that the image's root device becomes; it is deleted with its instance. What is not given is as the image has it.
    type: dict
    default: {}
    suboptions:
      size:
        description: GiB. Not less than the image's.
        type: int
      type:
        description: The kind of volume.
        type: str
        choices: [gp3, gp2, io1, io2, st1, sc1, standard]
        default: gp3
      encrypted:
        description: Whether it is encrypted.
        type: bool
        default: true
      kms_key_id:
        description: The KMS key that encrypts it; the account's default key for volumes otherwise.
        type: str
      iops:
        description: Operations a second, for V(gp3), V(io1) and V(io2).
        type: int
      throughput:
        description: MiB a second, for V(gp3).
        type: int
  metadata_hop_limit:
    description: The network hops that a metadata answer may go. V(2) where containers need it.
    type: int
    default: 1
  user_data:
    description: What an instance runs at its first boot, as plain text of 16 KB at most. It is no place for secrets, and is shown in diffs.
    type: str
  detailed_monitoring:
    description: Whether metrics come each minute, and not each five.
    type: bool
  ebs_optimized:
    description: Whether the way to volumes is the instance's own; newer types always have it so.
    type: bool
  instance_tags:
    description:
      - Tags of the instances, volumes and network interfaces that are launched from it.
      - C(groundwork:stack) and C(groundwork:component) are added, so that policies may rely on them.
    type: dict
  dry_run_subnet_id:
    description:
      - The subnet in which a launch is tried; in a zone that offers O(instance_type).
      - Where it is not given AWS takes the default VPC, which the security groups must then belong to.
    type: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the launch template of the web servers
  groundwork.aws.ec2_launch_template:
    stack: shop
    component: web
    name: shop-web
    image: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64
    instance_type: t3.micro
    instance_profile: shop-web
    security_group_ids: [sg-0123456789abcdef0]
    root_volume: {size: 10}
    user_data: |
      #!/bin/sh
      dnf install --assumeyes nginx
    dry_run_subnet_id: subnet-0123456789abcdef0
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
launch_template:
  description:
    - What stands, or would under check mode; empty when it is absent.
    - C(launch_template.version) is the default version, a number; V((known after apply)) under check mode where a new one is planned.
  returned: success
  type: dict
  sample: {id: lt-0123456789abcdef0, name: shop-web, version: 3, image_id: ami-0123456789abcdef0, root_device: /dev/xvda}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ec2_launch_template import main

if __name__ == "__main__":
    main()
