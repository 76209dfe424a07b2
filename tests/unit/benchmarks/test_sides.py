# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sides are told to make, and how one that is not to be had says so."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml
from benchmarks.performance import stacks
from benchmarks.performance.sides import CHANGE
from benchmarks.performance.sides import CONVERGE
from benchmarks.performance.sides import Missing
from benchmarks.performance.sides import Ours
from benchmarks.performance.sides import PLAN
from benchmarks.performance.sides import PLUGINS
from benchmarks.performance.sides import Stock
from benchmarks.performance.sides import Terraform


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a terraform, which does nothing, and its provider."""
    program, plugins = tmp_path / "bin" / "terraform", tmp_path / "plugins"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (plugins / "registry" / "hashicorp" / "aws").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setenv(PLUGINS, str(plugins))
    return program


@pytest.mark.parametrize(("gone", "says"), [("PATH", "terraform is not on the PATH"), (PLUGINS, f"{PLUGINS}, the folder")])
def test_a_machine_without_terraform_is_told_so(there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str, says: str) -> None:
    monkeypatch.setenv(gone, "")
    with pytest.raises(Missing, match=says):
        Terraform(tmp_path)


def test_so_is_one_without_the_provider(there: Path, tmp_path: Path) -> None:
    (tmp_path / "plugins" / "registry" / "hashicorp" / "aws").rmdir()
    with pytest.raises(Missing, match="has no provider"):
        Terraform(tmp_path)


def test_a_terraform_that_cannot_begin_is_left_out_with_what_it_said(there: Path, tmp_path: Path) -> None:
    there.write_text("#!/bin/sh\necho 'too old'; exit 1\n")
    with pytest.raises(Missing, match="init failed: too old"):
        Terraform(tmp_path / "side")


def test_terraform_forgets_its_state_and_hides_the_password(there: Path, tmp_path: Path) -> None:
    side = Terraform(tmp_path / "side")
    root = tmp_path / "side" / "tio"
    (root / "terraform.tfstate").touch()
    side.prepare(stacks.TIO)
    assert not (root / "terraform.tfstate").exists()
    assert stat.S_IMODE((root / "given.auto.tfvars.json").stat().st_mode) == 0o600
    assert side.command(PLAN)[2:] == ["plan", "-input=false", "-no-color"]
    assert side.command(CHANGE)[2:4] == ["apply", "-auto-approve"]
    assert side.command(CHANGE)[-1] == "node_health_path=/health"


def test_our_change_is_of_one_component(tmp_path: Path) -> None:
    side = Ours(tmp_path / "ours")
    side.prepare(stacks.TIO)
    as_is, changed = tmp_path / "ours" / "as_is", tmp_path / "ours" / "changed"
    unlike = [file.name for file in as_is.rglob("*.yml") if file.read_text() != (changed / file.relative_to(as_is)).read_text()]
    assert unlike == ["node.yml"]
    assert yaml.safe_load((changed / "host_vars" / "node.yml").read_text())["service_health_path"] == "/health"
    assert [str(changed) in side.command(step) for step in (PLAN, CONVERGE, CHANGE)] == [False, False, True]
    assert ["--check" in side.command(step) for step in (PLAN, CONVERGE, CHANGE)] == [True, False, False]


def test_a_stock_playbook_has_no_plan(tmp_path: Path) -> None:
    side = Stock(tmp_path / "stock")
    side.prepare("fleet3")
    assert side.command(PLAN) is None
    assert side.command(CONVERGE)[-1].endswith("fleet.yml")


def test_services_differ_in_name_port_and_priority_alone(tmp_path: Path) -> None:
    stacks.write_inventory("fleet10", tmp_path / "inventory")
    groups = yaml.safe_load((tmp_path / "inventory" / "hosts.yml").read_text())["components"]["children"]
    found = groups["services"]["hosts"]
    assert list(found) == list(stacks.services(10))
    assert {one["service_port"] for one in found.values()} == {one["port"] for one in stacks.services(10).values()}
    assert len({one["service_routes"][0]["priority"] for one in found.values()}) == 10
    assert (stacks.number_of("fleet10"), stacks.number_of(stacks.TIO)) == (10, 3)
