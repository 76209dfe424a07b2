# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was found to be as described is not gone through again, until anything of it changes."""

from __future__ import annotations

from .conftest import Outcome
from .conftest import Runs


def gone_through(outcome: Outcome) -> set[str]:
    """The components whose roles ran."""
    return {name for name, role in (("vpc", "network"), ("web_role", "identity")) if f"TASK [groundwork.aws.{role} :" in outcome.screen}


def test_a_run_goes_through_what_may_have_changed_and_through_nothing_else(plot: Runs):
    assert gone_through(plot.ok("site")) == {"vpc", "web_role"}
    proving = plot.ok("site")
    assert (proving.changes, gone_through(proving)) == (set(), {"vpc", "web_role"})

    before = len(plot.cloud.records())
    still = plot.ok("site")
    asked = plot.cloud.records()[before:]
    assert (still.changes, gone_through(still)) == (set(), set())
    assert still.plan["counts"] == proving.plan["counts"] | {"unchanged": still.plan["counts"]["unchanged"]}
    assert still.plan["counts"]["unchanged"] > 0
    assert not [one for one in asked if one["mutating"]]  # not even the lock
    assert gone_through(plot.ok("site", "--check", "--diff")) == set()
    assert gone_through(plot.ok("site", "-e", "stack_seal_hours=0")) == {"vpc", "web_role"}

    iam = plot.account.client("iam")
    iam.update_role(RoleName="plot-web-role", Description="somebody else's", MaxSessionDuration=7200)
    planned = plot.ok("site", "--check", "--diff")
    mended = plot.ok("site")
    assert gone_through(planned) == gone_through(mended) == {"web_role"}
    assert planned.changes == mended.changes != set()
    assert {one[0] for one in mended.changes} == {"web_role"}
    assert (plot.ok("site").changes, gone_through(plot.ok("site"))) == (set(), set())

    vpc = plot.account.client("ec2").describe_vpcs(Filters=[{"Name": "tag:groundwork:stack", "Values": ["plot"]}])["Vpcs"][0]["VpcId"]
    plot.account.client("ec2").modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    assert gone_through(plot.ok("site")) == {"vpc"}


def test_what_the_inventory_says_breaks_the_seal_of_whom_it_says_it_of(plot: Runs):
    plot.ok("site")
    plot.ok("site")
    assert gone_through(plot.ok("site", "-e", '{"stack_tags": {"team": "web"}}', "--check")) == {"vpc", "web_role"}
    (plot.inventory / "host_vars").mkdir()
    (plot.inventory / "host_vars" / "web_role.yml").write_text("identity_session_manager: false\n")
    changed = plot.ok("site")
    assert gone_through(changed) == {"web_role"}
    assert [(one[0], one[3]) for one in changed.changes] == [("web_role", "update")]


def test_a_part_of_a_run_seals_nothing(plot: Runs):
    plot.ok("site")
    plot.ok("site", "--skip-tags", "none-has-this")
    assert gone_through(plot.ok("site", "--limit", "web_role")) == {"web_role"}
    assert gone_through(plot.ok("site")) == {"vpc"}  # the role alone was gone through as a whole
    assert gone_through(plot.ok("site")) == set()
