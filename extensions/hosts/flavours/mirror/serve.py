# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mirror: packages as their publishers lay them out, signed with a key of this run's, by HTTP. It runs as the only process of its container.

`/index.json` says once it is there: `{"fingerprint": of the key, "sha256": {path: hexadecimal}}`. The key itself lies where each publisher
has his own. Every path begins with a folder that stands for a publisher's host or bucket:

amazon-ssm, aws-codedeploy, amazoncloudwatch-agent  the buckets of a region, less the region
amazonlinux                                         the one repository of Amazon Linux 2023
deb.nodesource.com, rpm.nodesource.com              NodeSource
"""
from __future__ import annotations

import hashlib
import http.server
import json
import os
import shutil
import subprocess
from pathlib import Path

BUILT, SERVED, KEYRING = Path("/srv/built"), Path("/srv/served"), Path("/root/.gnupg")
SIGNER = "groundwork test hosts <mirror@example.invalid>"
DEB_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
RPM_ARCHITECTURE = os.uname().machine
#: A package's file, as its name begins and ends -> where it is published. {arch} is dpkg's name of the architecture.
PLACES = {
    ("amazon-ssm-agent", "deb"): ["amazon-ssm/{version}/debian_{arch}/amazon-ssm-agent.deb"],
    ("codedeploy-agent", "deb"): ["aws-codedeploy/releases/codedeploy-agent_{version}-{release}_all.deb"],
    ("codedeploy-agent", "rpm"): ["aws-codedeploy/releases/codedeploy-agent-{version}-{release}.noarch.rpm"],
    ("amazon-cloudwatch-agent", "deb"): [
        "amazoncloudwatch-agent/debian/{arch}/{version}/amazon-cloudwatch-agent.deb",
        "amazoncloudwatch-agent/ubuntu/{arch}/{version}/amazon-cloudwatch-agent.deb",
    ],
}
#: Where publishers have their key.
KEYS = [
    "amazoncloudwatch-agent/assets/amazon-cloudwatch-agent.gpg",
    "amazonlinux/RPM-GPG-KEY-amazon-linux-2023",
    "deb.nodesource.com/gpgkey/nodesource-repo.gpg.key",
    "rpm.nodesource.com/gpgkey/ns-operations-public.key",
]
RELEASE = ["Origin: . nodistro", "Label: . nodistro", "Suite: nodistro", "Codename: nodistro", "Components: main"]


def main() -> None:
    fingerprint = make_key()
    for package in BUILT.glob("*.rpm"):
        call("rpm", "--define", "__gpg /usr/bin/gpg", "--define", f"_gpg_name {fingerprint}", "--addsign", package)
    publish_files()
    publish_rpms("amazonlinux", [one for one in BUILT.glob("*.rpm") if not one.name.startswith(("nodejs-", "codedeploy-"))])
    for package in BUILT.glob("nodejs*"):
        major = package.name.removeprefix("nodejs").lstrip("-_").partition(".")[0]
        if package.suffix == ".deb":
            publish_debs(f"deb.nodesource.com/node_{major}.x", package)
        else:
            publish_rpms(f"rpm.nodesource.com/pub_{major}.x/nodistro/nodejs/{RPM_ARCHITECTURE}", [package])
    publish_keys(fingerprint)
    publish_index(fingerprint)
    os.chdir(SERVED)
    http.server.ThreadingHTTPServer(("0.0.0.0", 80), http.server.SimpleHTTPRequestHandler).serve_forever()


def call(*argv: str | Path, into: Path | None = None, where: Path | None = None) -> str:
    """What a program prints, which may go into a file."""
    said = subprocess.run([str(one) for one in argv], cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout
    if into:
        into.write_bytes(said)
    return said.decode()


def make_key() -> str:
    """A key that dies with this container; its fingerprint."""
    KEYRING.mkdir(mode=0o700, exist_ok=True)
    call("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", SIGNER, "rsa3072", "sign", "7d")
    listed = call("gpg", "--batch", "--with-colons", "--list-keys", SIGNER)
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))


def sign(path: Path, to: Path, how: str = "--detach-sign", armour: bool = False) -> None:
    call("gpg", "--batch", "--quiet", "--yes", *(["--armor"] if armour else []), "--output", to, how, path)


def publish_files() -> None:
    """What hosts fetch by its URL, each with a detached signature beside it."""
    for (name, kind), places in PLACES.items():
        for package in BUILT.glob(f"{name}[-_]*.{kind}"):
            version, release = numbers(package)
            for place in places:
                to = SERVED / place.format(version=version, release=release, arch=DEB_ARCHITECTURE)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(package, to)
                sign(to, to.with_name(f"{to.name}.sig"))


def numbers(package: Path) -> tuple[str, str]:
    """Version and release of a package's file."""
    if package.suffix == ".deb":
        full = call("dpkg-deb", "--field", package, "Version").strip()
    else:
        full = call("rpm", "--query", "--package", "--queryformat", "%{VERSION}-%{RELEASE}", package)
    version, _dash, release = full.rpartition("-")
    return version, release


def publish_rpms(place: str, packages: list[Path]) -> None:
    """A repository for dnf."""
    folder = SERVED / place
    (folder / "Packages").mkdir(parents=True, exist_ok=True)
    for package in packages:
        shutil.copy(package, folder / "Packages")
    call("createrepo_c", "--quiet", folder)
    sign(folder / "repodata/repomd.xml", folder / "repodata/repomd.xml.asc", armour=True)


def publish_debs(place: str, package: Path) -> None:
    """A repository for apt, as NodeSource's: suite nodistro, component main."""
    folder, suite = SERVED / place, SERVED / place / "dists/nodistro"
    index = suite / f"main/binary-{DEB_ARCHITECTURE}"
    for one in (folder / "pool/main/n/nodejs", index):
        one.mkdir(parents=True, exist_ok=True)
    shutil.copy(package, folder / "pool/main/n/nodejs")
    call("apt-ftparchive", "packages", "pool", into=index / "Packages", where=folder)
    fields = [*RELEASE, f"Architectures: {DEB_ARCHITECTURE}"]
    options = [part for field in fields for part in ("-o", "APT::FTPArchive::Release::" + field.replace(": ", "="))]
    release = suite / "Release"
    call("apt-ftparchive", *options, "release", ".", into=release, where=suite)
    sign(release, suite / "InRelease", "--clear-sign")
    sign(release, suite / "Release.gpg", armour=True)


def publish_keys(fingerprint: str) -> None:
    for place in KEYS:
        to = SERVED / place
        to.parent.mkdir(parents=True, exist_ok=True)
        call("gpg", "--batch", "--armor", "--export", fingerprint, into=to)


def publish_index(fingerprint: str) -> None:
    files = [one for one in SERVED.rglob("*") if one.is_file()]
    digests = {str(one.relative_to(SERVED)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}
    (SERVED / "index.json").write_text(json.dumps({"fingerprint": fingerprint, "sha256": digests}, indent=1))


if __name__ == "__main__":
    main()
