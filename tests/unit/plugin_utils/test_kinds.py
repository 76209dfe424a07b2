# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of kinds, held against the roles that keep them."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import ARROWS
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import Kind
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import KINDS
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import LAYERS
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import ROLES
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import STACK

WITH_ROLE = [kind for kind in KINDS if kind.role]


def test_groups_and_prefixes_are_unique() -> None:
    assert len({kind.group for kind in KINDS}) == len({kind.prefix for kind in KINDS}) == len(KINDS)


def test_every_kind_has_a_layer_of_the_run() -> None:
    assert {kind.layer for kind in KINDS} == set(LAYERS)


@pytest.mark.parametrize("kind", WITH_ROLE, ids=lambda kind: kind.group)
def test_a_kind_knows_the_inputs_of_its_role_but_those_that_plays_hand_in(kind: Kind) -> None:
    spec = yaml.safe_load((ROLES / kind.role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    assert set(spec) - set(kind.wired) <= set(kind.options)
    assert set(kind.wired) <= set(spec)
    assert not set(kind.wired) & set(kind.options)


def test_what_can_be_called_knows_its_arrows() -> None:
    (services,) = [kind for kind in KINDS if kind.group == "services"]
    assert {"service_port", "service_ports", "service_clients", "service_security_group", "service_ingress"} <= set(services.options)


def test_what_cannot_be_called_has_no_arrows() -> None:
    (identities,) = [kind for kind in KINDS if kind.group == "identities"]
    assert not {f"identity_{arrow}" for arrow in ARROWS} & set(identities.options)


def test_the_role_stack_has_a_default_for_no_variable_that_the_table_lacks() -> None:
    defaults = yaml.safe_load((ROLES / "stack/defaults/main.yml").read_text())
    assert set(defaults) <= STACK
