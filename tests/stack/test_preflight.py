# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""That an account is too small is told before the first write, and holds up no removal."""

from __future__ import annotations

from .conftest import Runs


def test_nothing_is_made_where_not_all_can_be_and_what_stands_can_go(plot: Runs):
    plot.cloud.dials.quotas = {"vpcs": 1, "internet_gateways": 0}
    for arguments in ([], ["--check"]):
        outcome = plot("site", *arguments)
        assert (outcome.rc != 0, outcome.writes) == (True, [])
        assert "vpc: VPCs per Region: the quota is 1, 1 are in use, and this run adds 1" in outcome.screen
        assert "vpc: Internet gateways per Region: the quota is 0" in outcome.screen
    plot.cloud.dials.quotas = {}
    assert plot.ok("site").writes
    plot.cloud.dials.quotas = {"vpcs": 0, "internet_gateways": 0}
    assert plot.ok("destroy", "-e", "destroy_stack=plot").writes
