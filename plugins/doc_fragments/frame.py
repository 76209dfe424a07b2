# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The contract of every module of the frame, said once. The specs stand in module_utils/_core/spec.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  state:
    description: Whether what is described stands, or is gone.
    type: str
    choices: [present, absent]
    default: present
  stack:
    description: Name of the stack that owns it; the tag C(groundwork:stack).
    type: str
    required: true
  component:
    description: Component of the stack that it is a part of; the tag C(groundwork:component).
    type: str
    required: true
  tags:
    description: Tags of your own, beside those by which it is found.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that are not given are removed, others' included.
    type: bool
    default: false
  adopt:
    description: Whether something that has the name and no stack's tags is taken over, rather than refused.
    type: bool
    default: false
  replace:
    description: Whether a key that AWS cannot change is changed by making a new resource in the place of the old one.
    type: bool
    default: false
  wait:
    description: Whether to wait until it is ready, or gone.
    type: bool
    default: true
  wait_timeout:
    description: Seconds after which a wait fails.
    type: int
    default: 1200
  lock:
    description:
      - The stack's lock, as M(groundwork.aws.stack_lock) returns it. It is proven to be held before the first write.
      - Without it, or with no token in it, nothing is proven.
    type: dict
    suboptions:
      table:
        description: DynamoDB table that holds it.
        type: str
      owner:
        description: Who holds it.
        type: str
      token:
        description: Fencing token, which grows with each acquisition.
        type: int
      ttl:
        description: Seconds after its last renewal at which others may take it.
        type: int
notes:
  - Check mode predicts the very changes, and the very diff, of the real run.
  - An input may be V((known after apply)) under check mode, as modules return it for what does not stand yet.
"""

    ONE = r"""
options:
  name:
    description: What people read; the tag C(Name), or AWS's own name where there is one.
    type: str
    required: true
  key:
    description: Steady handle within component and type, by which it is found; the tag C(groundwork:key). The name by default.
    type: str
"""
