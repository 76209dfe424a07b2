#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_secret
short_description: Keep a secret as described, and never see its password
version_added: 0.1.0
description:
  - Keeps a secret whose value is a JSON object of a C(password), which is made once and known to AWS alone, and of fields beside it.
  - The password is in no option, result, diff or log. It is never compared, and changed by M(groundwork.aws.secretsmanager_rotation) alone.
  - A secret that was removed and is in its recovery window still is taken back with its value, and then kept as described.
author: Groundwork contributors (@groundwork)
options:
  description:
    description: What it is for.
    type: str
  kms_key_id:
    description: Key that encrypts it, by id, ARN or alias; AWS's own key when empty.
    type: str
  generate:
    description:
      - Makes a password where there is none, by the rules of AWS's own generator. One that stands is let be, whatever these rules are.
      - A value that is no JSON object is somebody's own, and is let be too.
    type: dict
    suboptions:
      length:
        description: Characters. MySQL and MariaDB take 41 at most.
        type: int
        default: 32
      exclude_characters:
        description: Characters that it must not have; by default what RDS refuses, and what shells and URLs read otherwise.
        type: str
        default: "/@\"'\\ "
      exclude_punctuation:
        description: Whether it has letters and digits alone.
        type: bool
        default: false
  fields:
    description:
      - What else the value holds, as C(username), C(engine), C(host), C(port) and C(dbname). B(Nothing secret), for it shows in plans.
      - A change writes a new version with the password that stands. Members that are not named are let be.
      - C(password) and C(password_since), since when it is the password, are the module's own.
    type: dict
  resource_policy:
    description: Who else may use it, as a policy document; none when empty. AWS refuses one for everybody.
    type: dict
  removal:
    description:
      - Whether a removed secret can be taken back for a while (V(recover)), or is gone for ever (V(force)).
      - Kept in the tag C(groundwork:removal), which removals read.
    type: str
    choices: [recover, force]
    default: recover
  recovery_window_days:
    description: For how many days it can be taken back, 7 to 30. Kept in the tag C(groundwork:removal-window), which removals read.
    type: int
    default: 30
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the credentials of the database
  groundwork.aws.secretsmanager_secret:
    stack: shop
    component: db
    key: credentials
    name: shop/db/credentials
    description: Master user of shop-db
    generate: {length: 32}
    fields: {username: admin, engine: mysql, port: 3306, dbname: shop}
"""

RETURN = r"""
planned:
  description: The secret with its component, type, name, key, action (none, create, update, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
secret:
  description: What stands, or would under check mode, without the password; empty when it is absent. C(id) is its ARN.
  returned: success
  type: dict
  sample: {id: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db/credentials-AbCdEf", name: shop/db/credentials}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.secretsmanager_secret import main

if __name__ == "__main__":
    main()
