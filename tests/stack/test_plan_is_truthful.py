# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan on an empty account names exactly what the real run then makes; and the run after that changes nothing. Of TIO: test_tio.py."""

from __future__ import annotations

import re

from .conftest import ROOT
from .conftest import Runs
from .record import made


def test_the_plan_on_an_empty_account_is_what_is_then_made(shop: Runs, ec2):
    planned = shop.ok("site", "--check", "--diff")
    assert (shop.folder / "plan.json").stat().st_mode & 0o777 == 0o600
    assert planned.plan["stack"] == "shop"
    assert [record for record in shop.cloud.records() if record["mutating"]] == []
    assert "Plan: 27 to create, 0 to change, 0 to delete" in planned.screen

    real = shop.ok("site")
    assert planned.changes == real.changes
    assert sorted((component, kind, name) for component, kind, name, _action, _keys in planned.changes) == made(real.writes)
    assert "Applied: 27 created, 0 changed, 0 deleted" in real.screen

    again = shop.ok("site")
    assert (again.changes, again.writes) == (set(), [])

    # A limited run keeps one component by what AWS says of the others.
    web = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["shop-web"]}])["SecurityGroups"][0]
    ec2.revoke_security_group_ingress(GroupId=web["GroupId"], IpPermissions=web["IpPermissions"])
    mended = shop.ok("site", "--limit", "web")
    assert mended.changes == {("web", "ec2_security_group", "shop-web", "update", ("ingress",))}
    assert [record["operation"] for record in mended.writes] == ["AuthorizeSecurityGroupIngress"]


def test_a_limited_run_on_an_empty_account_says_what_it_lacks(shop: Runs):
    outcome = shop("site", "--limit", "web", "--check")
    assert outcome.rc != 0
    assert "ec2_vpc 'vpc' of vpc is neither made by this run nor found in AWS: run without --limit" in outcome.screen


def test_the_plan_is_an_artifact_where_another_callback_owns_the_screen(plot: Runs):
    config = plot.folder / "ansible.cfg"
    config.write_text(f"[defaults]\ncollections_path = {ROOT}/.build/collections\nstdout_callback = ansible.builtin.minimal\nshow_custom_stats = true\n")
    outcome = plot.ok("site", "--check", ANSIBLE_CONFIG=str(config))
    assert outcome.plan == {}
    stats = outcome.screen.rpartition("CUSTOM STATS")[2]
    assert "groundwork_plan" in stats
    assert re.search(r"[\"']create[\"']: 7\b", stats)
