# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: layer_hosts
short_description: The components of some layers, or some by name, and a witness
version_added: 0.1.0
description:
  - Names the components whose kind belongs to one of the layers, for the C(hosts) of a play.
  - One component of another layer comes with them, where there is one. It has nothing to do there and so cannot fail, for Ansible ends
    the whole run when all hosts of one play failed.
author: Groundwork contributors (@groundwork)
positional: layers, names, settled
options:
  _input:
    description: Ansible's variable C(groups).
    type: dict
    required: true
  layers:
    description: Names of layers, as in the table of kinds.
    type: list
    elements: str
    required: true
  names:
    description: Components beside those of the layers. A name that there is not is passed over.
    type: list
    elements: str
    default: []
  settled:
    description: Components that are left out, for nothing is to be changed about them. Where that leaves none, no host of any name is matched.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Say what the services are
  hosts: "{{ groups | groundwork.aws.layer_hosts(['services']) }}"
"""

RETURN = r"""
_value:
  description: Names of hosts.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import KINDS


def layer_hosts(
    groups: t.Mapping[str, t.Sequence[str]], layers: t.Collection[str], names: t.Collection[str] = (), settled: t.Collection[str] = ()
) -> list[str]:
    wanted = {host for kind in KINDS if kind.layer in layers for host in groups.get(kind.group, ())}.union(names) - {*settled}
    components = groups.get("components", ())
    if settled and not wanted:
        return ["components", "!components"]
    return [host for host in components if host in wanted] + [host for host in components if host not in wanted][:1]


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"layer_hosts": layer_hosts}
