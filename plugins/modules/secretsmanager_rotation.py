#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_rotation
short_description: Have a database password that is newer than a moment
version_added: 0.1.0
description:
  - Makes a new password for the master user of a database instance, unless the one that a secret keeps is new enough.
  - The new one waits under C(AWSPENDING) until the instance has taken it; then C(AWSCURRENT) moves to it, and C(AWSPREVIOUS) to the one before.
  - Where a run was interrupted, the next one finds C(AWSPENDING), gives the instance that very password again, and goes on.
author: Groundwork contributors (@groundwork)
options:
  state:
    description: A password is never taken away.
    type: str
    choices: [present]
    default: present
  secret_id:
    description: The secret, by ARN or name, as M(groundwork.aws.secretsmanager_secret) keeps it.
    type: str
    required: true
  db_instance:
    description: Identifier of the instance. One whose password RDS itself keeps, or a cluster has, is refused.
    type: str
    required: true
  newer_than:
    description: Moment than which the password is to be newer, in ISO 8601, as that of a leak; UTC unless it names another zone.
    type: str
  max_age_days:
    description: Days for which a password may be the password, where no O(newer_than) is given. V(0) changes it in each run.
    type: int
    default: 30
  generate:
    description: How the new one is made. The same as in M(groundwork.aws.secretsmanager_secret).
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
notes:
  - For some seconds the instance has the new password and C(AWSCURRENT) still says the old one. Connections that stand go on. An
    application whose login is refused must read the secret again, with growing pauses, for two minutes at least, before it gives up;
    so must one that keeps the secret in memory. It needs C(AWSCURRENT) alone, which never names a password that does not work yet.
  - The same connection pool must not be told the password in another way, as by an environment variable that is set once.
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Change a password that is older than thirty days
  groundwork.aws.secretsmanager_rotation:
    stack: shop
    component: db
    secret_id: shop/db/credentials
    db_instance: shop-db
    max_age_days: 30

- name: Change a password that may have leaked
  groundwork.aws.secretsmanager_rotation:
    stack: shop
    component: db
    secret_id: shop/db/credentials
    db_instance: shop-db
    newer_than: "2026-01-31T12:00:00Z"
"""

RETURN = r"""
planned:
  description: The rotation with its component, type, name (the instance), key, action (none, update), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
rotation:
  description: The secret, the instance, whether the password is new enough, and since when it is the password.
  returned: success
  type: dict
  sample: {id: shop/db/credentials, db_instance: shop-db, rotated: true, password_since: "2026-01-31T12:00:05+00:00"}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.secretsmanager_rotation import main

if __name__ == "__main__":
    main()
