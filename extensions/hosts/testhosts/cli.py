# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line: up, down, list, make, node."""
from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from . import flavours, hosts, mirror, wheels
from .machine import HostsError, require

#: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
INSTANCE = re.compile(r"i-[0-9a-f]{17}")
CACHE = flavours.ROOM.parents[1] / ".build/hosts"


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit status."""
    args = _parser().parse_args(argv)
    try:
        require()
        args.run(args)
        return 0
    except HostsError as problem:
        print(f"testhosts: {problem}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="testhosts", description="Booted hosts to try a bootstrap on.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(run.__name__.strip("_"), help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    def owned(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--owner", type=Path, default=CACHE, help="the folder in whose name hosts stand; .build/hosts")

    sub = command(_up, "boot hosts, once those of these names are away, and print them")
    sub.add_argument("hosts", nargs="+", metavar="NAME=FLAVOUR[@INSTANCE]", help=f"flavours: {', '.join(flavours.names())}; INSTANCE: its id")
    sub.add_argument("--cloud", type=Path, help="state directory of the local cloud that is told of them")
    sub.add_argument("--region", default="ap-northeast-2", help="region that they are in; %(default)s")
    sub.add_argument("--mirror", action="store_true", help="with a mirror of packages, which `list` shows too")
    owned(sub)
    sub = command(_down, "take hosts away, and what killed runs left; all of the owner's unless some are named")
    sub.add_argument("hosts", nargs="*", metavar="NAME")
    owned(sub)
    owned(command(_list, "print the owner's hosts, as JSON"))
    sub = command(_make, "make images ready, or see that they are")
    sub.add_argument("flavours", nargs="*", metavar="FLAVOUR")
    command(_node, "print a folder with node and npm, the ones that the mirror serves")
    return parser


def _owner(args: argparse.Namespace) -> str:
    return str(args.owner.resolve())


def _wanted(text: str) -> tuple[str, str, str]:
    """Name, flavour and instance id of NAME=FLAVOUR[@INSTANCE]. Raises HostsError for an id that is none."""
    named, _at, instance_id = text.partition("@")
    name, _equals, flavour = named.partition("=")
    if instance_id and not INSTANCE.fullmatch(instance_id):
        raise HostsError(f"{instance_id} is no id of an instance: i- and 17 hexadecimal digits, as DescribeInstances shows it")
    return name, flavour or name, instance_id


def _up(args: argparse.Namespace) -> None:
    wanted = [_wanted(one) for one in args.hosts]
    cloud = str(args.cloud.resolve()) if args.cloud else ""
    serving = mirror.up(_owner(args), CACHE) if args.mirror else None
    for name, flavour, instance_id in wanted:
        host = hosts.up(_owner(args), name, flavour, CACHE, cloud=cloud, region=args.region, instance_id=instance_id)
        if serving and flavour == "al2023":
            mirror.make_known(serving, host)
    _list(args)


def _down(args: argparse.Namespace) -> None:
    for host in hosts.down(_owner(args), *args.hosts):
        print(f"{host.name} is away")


def _list(args: argparse.Namespace) -> None:
    standing = hosts.standing(_owner(args))
    shown = {one.name: one.shown() for one in standing if one.name != mirror.NAME}
    serving = {"url": mirror.url(one), **mirror.index(one)} if (one := next((it for it in standing if it.name == mirror.NAME), None)) else None
    print(json.dumps({"hosts": shown, "mirror": serving}, indent=2))


def _make(args: argparse.Namespace) -> None:
    for name in args.flavours or flavours.names():
        print(flavours.image(flavours.flavour(name), CACHE))


def _node(_arguments: argparse.Namespace) -> None:
    print(wheels.node(flavours.flavour(mirror.NAME).folder / "wheels.txt", CACHE))
