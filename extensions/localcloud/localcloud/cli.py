# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line: start, stop, status, serve, env, exec, records, doors, reset, dials, additions."""
from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

from . import daemon
from .client_env import clean_environ, client_env, names_to_unset


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit status."""
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args) or 0)
    except (daemon.DaemonError, ValueError, OSError) as problem:
        print(f"localcloud: {problem}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="localcloud", description="An AWS that runs on a laptop.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Any, text: str, state_dir: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(run.__name__.strip("_"), help=text, description=text)
        sub.set_defaults(run=run)
        if state_dir:
            sub.add_argument("--state-dir", type=Path, required=run is not _serve, help="where the daemon's state is")
        return sub

    for run, text in ((_start, "start a daemon, unless one runs"), (_serve, "serve in the foreground")):
        sub = command(run, text)
        sub.add_argument("--port", type=int, default=0, help="a port of loopback; 0, the default, takes a free one")
        sub.add_argument("--latency-ms", type=float, default=0, help="milliseconds that each request takes longer")
        sub.add_argument("--settle", type=float, default=0, help="seconds that slow things stay pending")
        sub.add_argument("--enforce-iam", action="store_true", help="hold every user and role to its policies")
        sub.add_argument("--faults", default="[]", help="JSON list of faults, or @file")
        sub.add_argument("--quotas", default="{}", help="JSON object of quotas, or @file")
        sub.add_argument("--channel", default="{}", help="JSON object of what befalls the channels of sessions, or @file")
        sub.add_argument("--start-session-ms", type=float, default=0, help="milliseconds that StartSession takes longer besides")
        sub.add_argument("--versions", default="{}", help="JSON object of how versions of programs behave, or @file")
        sub.add_argument("--traffic", action="store_true", help="let load balancers serve, and programs run on their targets")
        sub.add_argument("--owner", type=int, help="end when the process of this pid ends")
    sub.add_argument("--lock-fd", type=int, help=argparse.SUPPRESS)
    command(_stop, "stop the daemon, if one runs")
    command(_status, "say whether a daemon runs; exit 3 if none does")
    for run, text in ((_env, "print export and unset lines for sh"), (_exec, "run a command as a client")):
        sub = command(run, text)
        sub.add_argument("--region", help="also set the region")
    sub.add_argument("command", nargs=argparse.REMAINDER, help="-- COMMAND [ARGUMENT ...]")
    command(_records, "print every request as JSON lines").add_argument("--mutating", action="store_true")
    command(_doors, "print where load balancers are served, as JSON lines")
    command(_reset, "empty the account and the records")
    command(_dials, "show the dials, or turn some").add_argument("values", nargs="?", help="JSON object, or @file")
    command(_additions, "print what is added to moto", state_dir=False)
    return parser


def _json(text: str) -> Any:
    return json.loads(Path(text[1:]).read_text() if text.startswith("@") else text)


def _where(args: argparse.Namespace) -> daemon.StateDir:
    return daemon.StateDir(args.state_dir)


def _running(args: argparse.Namespace) -> daemon.State:
    if state := _where(args).running():
        return state
    raise daemon.DaemonError(f"no local cloud runs in {args.state_dir}")


def _start(args: argparse.Namespace) -> None:
    options = ["--port", str(args.port), "--latency-ms", str(args.latency_ms), "--settle", str(args.settle)]
    options += ["--faults", json.dumps(_json(args.faults)), "--quotas", json.dumps(_json(args.quotas))]
    options += ["--channel", json.dumps(_json(args.channel)), "--start-session-ms", str(args.start_session_ms)]
    options += ["--versions", json.dumps(_json(args.versions))]
    options += ["--enforce-iam"] if args.enforce_iam else []
    options += ["--traffic"] if args.traffic else []
    options += ["--owner", str(args.owner)] if args.owner else []
    state, fresh = daemon.start(_where(args), options)
    print(f"local cloud {'started' if fresh else 'runs already'}: {state['endpoint']} (pid {state['pid']})")


def _serve(args: argparse.Namespace) -> None:
    from .serve import serve

    dials = {"latency_ms": args.latency_ms, "settle": args.settle, "enforce_iam": args.enforce_iam}
    dials |= {"faults": _json(args.faults), "quotas": _json(args.quotas)}
    dials |= {"channel": _json(args.channel), "start_session_ms": args.start_session_ms, "versions": _json(args.versions)}
    where = _where(args) if args.state_dir else None
    # The daemon inherits the lock of who started it; whoever serves with a state directory by hand takes it here.
    with where.lock() if where and args.lock_fd is None else contextlib.nullcontext(args.lock_fd) as lock:
        if where and lock is None:
            raise daemon.DaemonError(f"one runs already in {where.path}")
        serve(args.port, dials, where, args.owner, args.traffic)


def _stop(args: argparse.Namespace) -> None:
    pid = daemon.stop(_where(args))
    print(f"local cloud stopped (pid {pid})" if pid else "no local cloud runs")


def _status(args: argparse.Namespace) -> int:
    state = _where(args).running()
    shown = {name: value for name, value in (state or {}).items() if name != "secret_access_key"}
    print(json.dumps(shown, indent=2) if state else "no local cloud runs")
    return 0 if state else 3


def _env(args: argparse.Namespace) -> None:
    for name in names_to_unset(os.environ):
        print(f"unset {name}")
    state = _running(args)
    for name, value in client_env(state["endpoint"], args.region, daemon.key_of(state)).items():
        print(f"export {name}={shlex.quote(value)}")


def _exec(args: argparse.Namespace) -> None:
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise ValueError("exec needs a command: exec --state-dir DIR -- COMMAND [ARGUMENT ...]")
    state = _running(args)
    os.execvpe(command[0], command, clean_environ(os.environ, state["endpoint"], args.region, daemon.key_of(state)))


def _records(args: argparse.Namespace) -> None:
    for record in daemon.ask(_running(args), "GET", "records"):
        if record["mutating"] or not args.mutating:
            print(json.dumps(record))


def _doors(args: argparse.Namespace) -> None:
    for door in daemon.ask(_running(args), "GET", "doors"):
        print(json.dumps(door))


def _reset(args: argparse.Namespace) -> None:
    daemon.ask(_running(args), "POST", "reset")


def _dials(args: argparse.Namespace) -> None:
    values = _json(args.values) if args.values else None
    state = _running(args)
    shown = daemon.ask(state, "GET", "dials") if values is None else daemon.ask(state, "POST", "dials", values)
    print(json.dumps(shown, indent=2))


def _additions(_arguments: argparse.Namespace) -> None:
    from .additions import table

    print(table())
