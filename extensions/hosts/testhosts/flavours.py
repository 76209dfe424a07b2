# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host can be: a folder of `extensions/hosts/flavours`, made once into an image and kept until its recipe changes."""
from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .machine import HostsError, alone, run, succeeds
from .wheels import fetch

ROOM = Path(__file__).resolve().parents[1]
FLAVOURS, PACKAGES = ROOM / "flavours", ROOM / "packages"
REPOSITORY = "localhost/groundwork-hosts"


@dataclass(frozen=True)
class Flavour:
    """A flavour's folder: `flavour.toml`, `setup` (run on this machine with the new root's path), and what setup brings in."""

    name: str
    #: Debian's release that the tree is made of, and its packages.
    suite: str
    packages: list[str]
    #: What runs as process 1.
    command: list[str]
    #: What the agent reports of the system: PlatformName and PlatformVersion of DescribeInstanceInformation.
    platform: str
    version: str
    #: Wheels to bring into the tree's /srv/wheels: a requirements file's name, with hashes, or nothing.
    wheels: str = ""
    #: Which of `extensions/hosts/packages` setup builds there, from /srv/packages.
    holds: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return FLAVOURS / self.name

    def rooms(self) -> list[Path]:
        """What of `extensions/hosts/packages` is brought in."""
        return [PACKAGES / one for one in ("build.py", *self.holds)]

    def key(self) -> str:
        """A digest of all that the image is made of."""
        digest = hashlib.sha256()
        for path in sorted(one for room in (self.folder, *self.rooms()) for one in (room, *room.rglob("*"))):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(ROOM)}\0{path.stat().st_mode & 0o111}\0".encode() + path.read_bytes() + b"\0")
        return digest.hexdigest()[:16]


def names() -> list[str]:
    """Every flavour that there is."""
    return sorted(one.parent.name for one in FLAVOURS.glob("*/flavour.toml"))


def flavour(name: str) -> Flavour:
    """Raises HostsError for one that there is not."""
    if name not in names():
        raise HostsError(f"no flavour {name!r}: there are {', '.join(names())}")
    return Flavour(name=name, **tomllib.loads((FLAVOURS / name / "flavour.toml").read_text()))


def image(wanted: Flavour, cache: Path) -> str:
    """The image of a flavour, by name and tag: made now unless it stands, or its tree lies in the cache."""
    key = wanted.key()
    tag = f"{REPOSITORY}/{wanted.name}:{key}"
    with alone(cache / f"{wanted.name}.lock"):
        if not succeeds("podman", "image", "exists", tag):
            tree = cache / f"{wanted.name}-{key}.tar"
            if not tree.exists():
                _make(wanted, tree, cache)
            run("podman", "import", "--quiet", tree, tag)
            _forget_older(wanted, tag, tree)
    return tag


def _make(wanted: Flavour, tree: Path, cache: Path) -> None:
    unfinished = tree.with_suffix(".unfinished")
    brought = " ".join(f'"{one}"' for one in wanted.rooms())
    hooks = ['--customize-hook=mkdir "$1/srv/packages"', f"--customize-hook=copy-in {brought} /srv/packages"]
    if wanted.wheels:
        hooks.append(f'--customize-hook=copy-in "{fetch(wanted.folder / wanted.wheels, cache)}" /srv')
    hooks.append(f'--customize-hook="{wanted.folder}/setup" "$1"')
    try:
        # It ends with this process, whatever ended that; a host that is thrown away has no use for writes that survive a power cut.
        run("setpriv", "--pdeathsig", "TERM", "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--dpkgopt=force-unsafe-io",
            f"--include={','.join(wanted.packages)}", *hooks, "--format=tar", wanted.suite, unfinished)
        unfinished.replace(tree)
    finally:
        unfinished.unlink(missing_ok=True)


def _forget_older(wanted: Flavour, tag: str, tree: Path) -> None:
    for one in tree.parent.glob(f"{wanted.name}-*.tar"):
        if one != tree:
            one.unlink()
    for one in run("podman", "images", "--format", "{{.Repository}}:{{.Tag}}", f"{REPOSITORY}/{wanted.name}").split():
        if one != tag:
            succeeds("podman", "rmi", one)  # not while a host of it stands
