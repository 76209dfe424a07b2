# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The three sides: how each makes a stack, by the commands that its users type."""

from __future__ import annotations

import importlib.metadata
import json
import os
import secrets
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

from . import stacks

HERE = Path(__file__).parent
PLUGINS = "TF_PLUGIN_DIR"
#: What a step does: learn what a converge would do, bring the stack there, and the same with one component changed.
PLAN, CONVERGE, CHANGE = "plan", "converge", "change"
Command = list[str]


class Missing(Exception):
    """A side is not to be had on this machine; the text says what it lacks."""


class Side(t.Protocol):
    """One of them, in a folder of its own."""

    name: str

    def prepare(self, stack: str) -> None:
        """Forget what was, and lay down what it needs for a stack."""

    def command(self, step: str) -> Command | None:
        """What a user types for a step, or None where this side has no such thing."""

    def environment(self) -> dict[str, str]:
        """What it is given beside the account's."""

    def versions(self) -> dict[str, str]:
        """Of its programs, by name."""


class _Ansible:
    def __init__(self, folder: Path):
        self.folder = folder
        self._program = str(Path(sys.executable).with_name("ansible-playbook"))

    def environment(self) -> dict[str, str]:
        return {"ANSIBLE_CONFIG": str(stacks.ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}


class Ours(_Ansible):
    """This collection: its playbook and an inventory."""

    name = "ours"

    def prepare(self, stack: str) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        stacks.write_inventory(stack, self.folder / "as_is")
        if stack == stacks.TIO:
            stacks.write_inventory(stack, self.folder / "changed")
            stacks.change_inventory(self.folder / "changed")

    def command(self, step: str) -> Command:
        inventory = self.folder / ("changed" if step == CHANGE else "as_is")
        return [self._program, "-i", str(inventory), str(stacks.ROOT / "playbooks" / "site.yml"), *(["--check"] if step == PLAN else [])]

    def versions(self) -> dict[str, str]:
        return {name: importlib.metadata.version(name) for name in ("ansible-core", "boto3")}


class Stock(_Ansible):
    """A plain playbook of amazon.aws and community.aws over the local connection. Its check mode cannot plan what refers to what is not made."""

    name = "stock"

    def prepare(self, stack: str) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        shutil.copytree(HERE / "stock", self.folder / "playbook")
        given = {"database_password": secrets.token_hex(12)}
        if stack != stacks.TIO:
            given = {"services": [{"name": name, **one} for name, one in stacks.services(stacks.number_of(stack)).items()]}
        _write_private(self.folder / "given.json", given)
        self._playbook = "site.yml" if stack == stacks.TIO else "fleet.yml"

    def command(self, step: str) -> Command | None:
        if step == PLAN:
            return None
        changed = ["-e", f"node_health_path={stacks.HEALTH_PATH}"] if step == CHANGE else []
        playbook = str(self.folder / "playbook" / self._playbook)
        return [self._program, "-i", "localhost,", "-e", f"@{self.folder / 'given.json'}", *changed, playbook]

    def versions(self) -> dict[str, str]:
        collections = stacks.ROOT / ".build" / "collections" / "ansible_collections"
        return {f"{one}.aws": _collection(collections / one / "aws") for one in ("amazon", "community")}


class Terraform:
    """Terraform with the configuration of ./terraform. Raises Missing where the program or its provider is not there, or does not go with it."""

    name = "terraform"

    def __init__(self, folder: Path):
        self.folder, self._program, self._plugins = folder, shutil.which("terraform"), os.environ.get(PLUGINS, "")
        if not self._program:
            raise Missing("terraform is not on the PATH")
        if not self._plugins:
            raise Missing(f"{PLUGINS}, the folder of its AWS provider (a filesystem mirror), is not set")
        if not any(Path(self._plugins).glob("*/hashicorp/aws")):
            raise Missing(f"{PLUGINS} has no provider hashicorp/aws: {self._plugins}")
        shutil.copytree(HERE / "terraform", folder)
        for root in ("tio", "fleet"):
            self._initialize(folder / root)

    def _initialize(self, root: Path) -> None:
        """What a user does once, and nobody measures."""
        init = [self._program, "init", "-input=false", "-no-color", f"-plugin-dir={self._plugins}"]
        ran = subprocess.run(init, cwd=root, env={**os.environ, **self.environment()}, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise Missing(f"terraform init failed: {ran.stdout}{ran.stderr}")

    def prepare(self, stack: str) -> None:
        self._root = self.folder / ("tio" if stack == stacks.TIO else "fleet")
        for left in self._root.glob("terraform.tfstate*"):
            left.unlink()
        given: dict[str, t.Any] = {"database_password": secrets.token_hex(12)}
        if stack != stacks.TIO:
            given = {"services": stacks.services(stacks.number_of(stack))}
        _write_private(self._root / "given.auto.tfvars.json", given)

    def command(self, step: str) -> Command:
        changed = ["-var", f"node_health_path={stacks.HEALTH_PATH}"] if step == CHANGE else []
        verb = ["plan"] if step == PLAN else ["apply", "-auto-approve"]
        return [self._program, f"-chdir={self._root}", *verb, "-input=false", "-no-color", *changed]

    def environment(self) -> dict[str, str]:
        return {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}

    def versions(self) -> dict[str, str]:
        said = subprocess.run([self._program, "version", "-json"], env={**os.environ, **self.environment()}, capture_output=True, text=True, check=True)
        providers = sorted(Path(self._plugins).glob("*/hashicorp/aws/*"))
        return {"terraform": json.loads(said.stdout)["terraform_version"], "hashicorp/aws": providers[-1].name}


def _write_private(file: Path, given: dict[str, t.Any]) -> None:
    """A file that may hold a password."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(given, out)


def _collection(folder: Path) -> str:
    """Its version."""
    return json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]["version"]


SIDES: dict[str, t.Callable[[Path], Side]] = {"ours": Ours, "terraform": Terraform, "stock": Stock}
