# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: deploy_settings
short_description: How a deploy is done, from the command line, the component and the defaults
version_added: 0.1.0
description:
  - Puts together the variables C(deploy_*), the component's own settings, and what holds otherwise. A name that is no setting is refused.
author: Groundwork contributors (@groundwork)
positional: own
options:
  _input:
    description: What the command line says, by the names of its variables without C(deploy_).
    type: dict
    required: true
  own:
    description: What the component says, by the same names.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show how a deploy would be done
  ansible.builtin.debug:
    msg: "{{ {'strategy': 'linear', 'step': '25'} | groundwork.aws.deploy_settings({'alarms': ['shop-app-errors']}) }}"
"""

RETURN = r"""
_value:
  description: Every setting.
  type: dict
  sample: {strategy: linear, step: 25, alarms: [shop-app-errors]}
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.groundwork.aws.plugins.plugin_utils.deploy_settings import deploy_settings
from ansible_collections.groundwork.aws.plugins.plugin_utils.deploy_settings import UnknownSetting


def deploy_settings_filter(given: dict[str, t.Any], own: dict[str, t.Any]) -> dict[str, t.Any]:
    try:
        return deploy_settings(given, own)
    except UnknownSetting as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"deploy_settings": deploy_settings_filter}
