#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: iam_oidc_provider
short_description: Keep an OpenID Connect provider as described
version_added: 0.1.0
description:
  - Keeps the account's trust in the tokens of an OpenID Connect provider, such as a pipeline's.
  - The account has one provider of a URL. One that another tool made is refused, or adopted; one of another stack is refused, and its ARN
    can be referred to.
author: Groundwork contributors (@groundwork)
options:
  url:
    description: Where the provider is, as its tokens name it (C(iss)). AWS cannot change it.
    type: str
    required: true
  audiences:
    description: Whom its tokens may be meant for (C(aud)), exactly these.
    type: list
    elements: str
  thumbprints:
    description: SHA-1 thumbprints of the provider's certificates, exactly these. AWS finds them by itself unless given.
    type: list
    elements: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Trust the pipelines of GitHub
  groundwork.aws.iam_oidc_provider:
    stack: shop
    component: delivery
    name: github
    url: https://token.actions.githubusercontent.com
    audiences: [sts.amazonaws.com]
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
provider:
  description: What stands, or would under check mode; empty when it is absent.
  returned: success
  type: dict
  sample: {id: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com", url: "https://token.actions.githubusercontent.com"}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.iam_oidc_provider import main

if __name__ == "__main__":
    main()
