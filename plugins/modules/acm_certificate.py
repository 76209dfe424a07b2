#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: acm_certificate
short_description: Keep a certificate that AWS issues as described
version_added: 0.1.0
description:
  - Asks for one public certificate of a component, proves its names in DNS, and waits until it is issued. AWS renews it while the records stand.
  - It is found by its tags among the certificates of its domain. Another domain is another certificate.
  - With O(replace=true) a new one is made beside the old one, which is removed by the first run that finds it no longer used.
author: Groundwork contributors (@groundwork)
options:
  domain:
    description: The name that it is for; C(*.) may stand before it. AWS cannot change it.
    type: str
    required: true
  alternative_names:
    description: Other names that it is for. AWS cannot change them.
    type: list
    elements: str
  zone_id:
    description:
      - The public zone of Route 53 in which the records are written that prove its names. Its removal takes them away again, but those
        by which another certificate of the account's region is renewed.
      - Unset, the records are returned, for somebody else to write, and it is not waited for.
    type: str
  key_algorithm:
    description: The kind of its key; V(RSA_2048) when nothing is said as it is made. AWS cannot change it.
    type: str
    choices: [RSA_2048, RSA_3072, RSA_4096, EC_prime256v1, EC_secp384r1, EC_secp521r1]
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the certificate of the shop
  groundwork.aws.acm_certificate:
    stack: shop
    component: alb
    name: shop-alb
    domain: shop.example.com
    alternative_names: ["*.shop.example.com"]
    zone_id: Z0123456789ABCDEFGHIJ
    key_algorithm: EC_prime256v1
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
certificate:
  description:
    - What stands, or would under check mode; empty when it is absent. C(certificate.id) is its ARN, and
      C(certificate.validation_records) what must stand in DNS.
  returned: success
  type: dict
  sample:
    id: arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012
    domain: shop.example.com
    status: ISSUED
    validation_records:
      - {name: _d930b28be6c5927595552b219965053e.shop.example.com., type: CNAME, value: _c9edd76ee4a0e2a74388032f3861cc50.acm-validations.aws.}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.acm_certificate import main

if __name__ == "__main__":
    main()
