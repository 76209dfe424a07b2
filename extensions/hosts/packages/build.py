# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds the packages of this folder: `build.py deb|rpm INTO PACKAGE...`, or `build.py --hollow rpm INTO NAME[=VERSION]...`.

It runs in the tree of a host, on Python's library and dpkg-deb or rpmbuild alone. A package is a folder: `package.toml`, and `root`, the
files as they come to lie. `package.toml` has version, architecture (native or all) and summary, and may have release, epoch, provides,
formats (both unless given), folders (that begin empty), links (path -> target), user (made for it), unit (enabled and started on
installation, unless start is false) and wheel (a project whose wheel in /srv/wheels is laid below /usr). A hollow package holds
nothing: what it is for lies in the tree already.
"""
from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

HERE, WHEELS = Path(__file__).resolve().parent, Path("/srv/wheels")
MAINTAINER = "groundwork.aws <groundwork@example.invalid>"
#: What a native package's architecture is called by dpkg and by rpm.
NATIVE = {"x86_64": ("amd64", "x86_64"), "aarch64": ("arm64", "aarch64")}[os.uname().machine]
SPEC = """
Name: {name}
Epoch: {epoch}
Version: {version}
Release: {release}
Summary: {summary}
License: GPL-3.0-or-later
BuildArch: {architecture}
AutoReqProv: no
{provides}
%define __os_install_post %{{nil}}
%define debug_package %{{nil}}
%define _build_id_links none
%define _binary_payload w1.gzdio
%description
{summary}.
%install
cp -a {stage}/. %{{buildroot}}/
%post
{installed}
%preun
[ "$1" = 0 ] || exit 0
{removed}
%files -f {files}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("format", choices=["deb", "rpm"])
    parser.add_argument("into", type=Path)
    parser.add_argument("names", nargs="*", metavar="PACKAGE")
    parser.add_argument("--hollow", action="store_true")
    args = parser.parse_args()
    args.into.mkdir(parents=True, exist_ok=True)
    for name in args.names:
        with tempfile.TemporaryDirectory() as place:
            package = hollow(name) if args.hollow else described(name)
            if args.format in package["formats"]:
                stage = staged(package, Path(place, "stage"))
                (as_deb if args.format == "deb" else as_rpm)(package, stage, Path(place), args.into)


def described(name: str) -> dict:
    given = tomllib.loads((HERE / name / "package.toml").read_text())
    usual = {"name": name, "release": "1", "epoch": 0, "provides": [], "formats": ["deb", "rpm"], "links": {}, "folders": []}
    return usual | {"start": True, "unit": "", "user": "", "wheel": ""} | given


def hollow(name: str) -> dict:
    name, _equals, version = name.partition("=")
    provides = {"system-release": [f"system-release(releasever) = {version}"], "bash": ["/bin/sh"]}.get(name, [])
    given = {"version": version or "2023", "architecture": "all", "summary": f"{name} (what it holds lies in the tree)", "provides": provides}
    usual = {"name": name, "release": "1.amzn2023", "epoch": 0, "formats": ["rpm"], "links": {}, "folders": []}
    return usual | {"start": False, "unit": "", "user": "", "wheel": ""} | given


def staged(package: dict, stage: Path) -> Path:
    """The tree of what the package holds."""
    stage.mkdir()
    if (HERE / package["name"] / "root").is_dir():
        shutil.copytree(HERE / package["name"] / "root", stage, dirs_exist_ok=True)
    if package["wheel"]:
        unpack(package["wheel"], stage / "usr")
    for path in package["folders"]:
        (stage / path).mkdir(parents=True)
    for path, target in package["links"].items():
        (stage / path).parent.mkdir(parents=True, exist_ok=True)
        (stage / path).symlink_to(target)
    return stage


def unpack(project: str, usr: Path) -> None:
    """Lay what a wheel has in bin and lib below /usr, with what may be run."""
    (wheel,) = WHEELS.glob(f"{project}_binaries-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            top, _slash, path = member.filename.partition("/")
            if top == project and path.startswith(("bin/node", "lib/")) and not member.is_dir():
                to = usr / path
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_bytes(archive.read(member))
                to.chmod(0o755 if path.startswith("bin/") or path.endswith("-cli.js") else 0o644)


def installed(package: dict) -> str:
    """What is done after it was installed."""
    lines = []
    if user := package["user"]:
        lines.append(f"getent passwd {user} >/dev/null || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin {user}")
    if package["unit"]:
        lines.append("[ ! -d /run/systemd/system ] || systemctl daemon-reload")
        if package["start"]:
            lines += [f"systemctl enable {package['unit']}", f"[ ! -d /run/systemd/system ] || systemctl restart {package['unit']}"]
    return "\n".join([*lines, "true"])


def removed(package: dict) -> str:
    """What is done before it is removed."""
    if not package["unit"]:
        return "true"
    return f"[ ! -d /run/systemd/system ] || systemctl stop {package['unit']}\nsystemctl disable {package['unit']} || true"


def as_deb(package: dict, stage: Path, place: Path, into: Path) -> None:
    version = f"{package['version']}-{package['release']}"
    control = stage / "DEBIAN"
    control.mkdir()
    fields = {
        "Package": package["name"], "Version": version, "Architecture": NATIVE[0] if package["architecture"] == "native" else "all",
        "Maintainer": MAINTAINER, "Provides": ", ".join(package["provides"]), "Description": package["summary"],
    }
    (control / "control").write_text("".join(f"{name}: {value}\n" for name, value in fields.items() if value))
    for script, text in (("postinst", installed(package)), ("prerm", f'[ "$1" = remove ] || exit 0\n{removed(package)}')):
        (control / script).write_text(f"#!/bin/sh\nset -e\n{text}\n")
        (control / script).chmod(0o755)
    call("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", stage, into)


def as_rpm(package: dict, stage: Path, place: Path, into: Path) -> None:
    files, spec = place / "files", place / "package.spec"
    listed = [one for one in sorted(stage.rglob("*")) if one.is_symlink() or not one.is_dir()]
    lines = [f'"/{one.relative_to(stage)}"' for one in listed] + [f'%dir "/{one}"' for one in package["folders"]]
    files.write_text("\n".join(["%defattr(-,root,root,-)", *lines, ""]))
    provides = "\n".join(f"Provides: {one}" for one in package["provides"])
    architecture = NATIVE[1] if package["architecture"] == "native" else "noarch"
    filled = dict(package, provides=provides, architecture=architecture, installed=installed(package), removed=removed(package))
    spec.write_text(SPEC.format(stage=stage, files=files, **filled))
    call("rpmbuild", "-bb", "--quiet", "--nodeps", "--define", f"_topdir {place}/top", "--define", f"_rpmdir {into.resolve()}",
         "--define", "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm", spec)


def call(*argv: str | Path) -> None:
    ran = subprocess.run([str(one) for one in argv], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{argv[0]}: status {ran.returncode}: {ran.stderr[-2000:]}")


if __name__ == "__main__":
    main()
