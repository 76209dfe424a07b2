#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_lock
short_description: Hold the lock of a stack
version_added: 0.1.0
description:
  - Keeps a small DynamoDB table of the stack's own, and takes the lock in it by one conditional write, with owner, expiry and fencing token.
  - Hand RV(lock) to the modules of the frame; each proves before its first write that the lock is still held.
  - The lock of a run that died is free when it expires, and at once for another run on the same host.
author: Groundwork contributors (@groundwork)
options:
  state:
    description: Whether the lock is held, given back, or removed with its table.
    type: str
    choices: [held, released, absent]
    default: held
  component:
    description: Not used here; the lock belongs to the stack as a whole.
    type: str
    required: false
  owner:
    description: Who holds it, as C(user@host:pid:start).
    type: str
    required: true
  token:
    description: The fencing token under which it is held, to give it back.
    type: int
  ttl:
    description: Seconds after its last renewal at which others may take it.
    type: int
    default: 300
  patience:
    description: Seconds to wait while another run holds it.
    type: int
    default: 0
  table:
    description: Name of the table; C(groundwork-STACK-lock) by default.
    type: str
  seals:
    description:
      - When the lock is given back, by component, C(inputs) (a fingerprint) and C(outputs) of those that may be sealed. Those about which no
        module of this run had anything to change are. A seal lies in the table and lets M(groundwork.aws.stack_info) tell that nothing has changed.
    type: dict
    default: {}
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Hold the lock of the shop
  groundwork.aws.stack_lock:
    stack: shop
    owner: me@laptop:4711:90210
"""

RETURN = r"""
lock:
  description: What the frame's modules take as O(lock); the token is 0 under check mode.
  returned: success
  type: dict
  sample: {table: groundwork-shop-lock, owner: "me@laptop:4711:90210", token: 7, ttl: 300}
planned:
  description: The table, with its component, type, name, key, action, changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.stack_lock import main

if __name__ == "__main__":
    main()
