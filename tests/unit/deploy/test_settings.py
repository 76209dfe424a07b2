# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line comes before the component, the component before the defaults, and a name that is mistyped is told."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.groundwork.aws.plugins.filter.deploy_settings import deploy_settings_filter
from ansible_collections.groundwork.aws.plugins.plugin_utils.deploy_settings import SETTINGS

DOCS = Path(__file__).parents[3] / "docs" / "deploy.md"


def test_text_of_the_command_line_becomes_what_the_default_is():
    given = {"component": "app", "image": ":1", "strategy": "linear", "step": "25", "interval_minutes": "2", "alarms": "a, b", "max_5xx": "none"}
    found = deploy_settings_filter(given, {"step": 50, "max_latency": 0.5})
    assert (found["strategy"], found["step"], found["interval_minutes"], found["alarms"]) == ("linear", 25, 2.0, ["a", "b"])
    assert (found["max_5xx"], found["max_latency"], found["share"]) == (None, 0.5, 10)
    assert set(found) == set(SETTINGS)


@pytest.mark.parametrize(
    ("given", "own", "said"),
    [
        ({"stratgy": "linear"}, {}, "deploy_stratgy of the command line is no setting of a deploy; did you mean deploy_strategy?"),
        ({}, {"zzz": 1}, "deploy_zzz of the component's deploy settings is no setting of a deploy; there are deploy_strategy"),
        ({"step": "half"}, {}, "deploy_step of the command line is a whole number, not 'half'"),
        ({"max_latency": "fast"}, {}, "deploy_max_latency of the command line is a number, not 'fast'"),
    ],
)
def test_what_is_no_setting_is_refused_by_name(given: dict[str, t.Any], own: dict[str, t.Any], said: str):
    with pytest.raises(AnsibleFilterError) as refused:
        deploy_settings_filter(given, own)
    assert said in str(refused.value)


def test_every_setting_is_documented():
    told = DOCS.read_text()
    assert [name for name in SETTINGS if f"`deploy_{name}`" not in told] == []
