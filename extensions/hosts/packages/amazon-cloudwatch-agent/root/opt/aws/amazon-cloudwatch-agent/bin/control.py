# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stand-in for the CloudWatch agent's control program: fetch-config and append-config (of a file), start, stop, status, remove-config."""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys

HOME = pathlib.Path("/opt/aws/amazon-cloudwatch-agent")
PARTS, TRANSLATED = HOME / "etc/amazon-cloudwatch-agent.d", HOME / "etc/amazon-cloudwatch-agent.toml"
UNIT = "amazon-cloudwatch-agent.service"
#: Sections of a configuration, and what each may hold (CloudWatch user guide, CloudWatch-Agent-Configuration-File-Details).
SECTIONS = {
    "agent": {"metrics_collection_interval", "region", "credentials", "debug", "aws_sdk_log_level", "logfile", "omit_hostname", "run_as_user",
              "user_agent", "quiet", "internal", "service.name", "deployment.environment"},
    "metrics": {"namespace", "append_dimensions", "aggregation_dimensions", "endpoint_override", "metrics_collected", "metrics_destinations",
                "force_flush_interval", "credentials", "service.name", "deployment.environment"},
    "logs": {"logs_collected", "metrics_collected", "log_stream_name", "endpoint_override", "force_flush_interval", "credentials", "concurrency",
             "service.name", "deployment.environment"},
    "traces": {"traces_collected", "concurrency", "buffer_size_mb", "resource_arn", "local_mode", "insecure", "credentials", "endpoint_override",
               "region_override", "proxy_override", "transit_spans_in_otlp_format"},
}


def refuse(why):
    print(f"Configuration validation first phase failed. Agent version: 1.300031.0b313. Verify the JSON input is only using features supported. {why}")
    sys.exit(1)


def checked(text):
    try:
        config = json.loads(text)
    except ValueError as problem:
        refuse(f"invalid JSON: {problem}")
    if not isinstance(config, dict) or not set(config) <= {*SECTIONS, "csm"}:
        refuse(f"sections: {', '.join(SECTIONS)}")
    for section, known in SECTIONS.items():
        if odd := sorted(set(config.get(section, {})) - known):
            refuse(f"{section}: Additional property {odd[0]} is not allowed")
    for one in config.get("logs", {}).get("logs_collected", {}).get("files", {}).get("collect_list", []):
        if not one.get("file_path"):
            refuse("logs: file_path is required")
    return config


def systemctl(*argv):
    return subprocess.run(["systemctl", *argv], capture_output=True, text=True, check=False)


def take(location, append):
    kind, _colon, path = location.partition(":")
    if kind == "default":
        config = {"metrics": {"metrics_collected": {"mem": {}, "disk": {}}}}
    elif kind == "file":
        try:
            config = checked(pathlib.Path(path).read_text())
        except OSError as problem:
            sys.exit(f"Error: unable to read {path}: {problem.strerror}")
    else:
        sys.exit(f"{kind}: this stand-in takes file: and default alone")
    if not append:
        shutil.rmtree(PARTS, ignore_errors=True)
    PARTS.mkdir(exist_ok=True)
    (PARTS / f"file_{pathlib.Path(path or 'default').name}").write_text(json.dumps(config, indent=1))
    parts = sorted(one.name for one in PARTS.iterdir())
    TRANSLATED.write_text("".join(f"# from {name}\n" for name in parts) + "[agent]\n")
    print("Configuration validation second phase succeeded\nConfiguration validation succeeded")


def status():
    shown = systemctl("show", UNIT, "--property", "ActiveState,ActiveEnterTimestamp").stdout
    found = dict(line.partition("=")[::2] for line in shown.splitlines())
    running = found.get("ActiveState") == "active"
    print(json.dumps({
        "status": "running" if running else "stopped",
        "starttime": found.get("ActiveEnterTimestamp", "") if running else "",
        "configstatus": "configured" if TRANSLATED.exists() else "not configured",
        "version": "1.300031.0b313",
    }, indent=2))


def start():
    if not TRANSLATED.exists():
        take("default", False)
    systemctl("enable", UNIT)
    ran = systemctl("restart", UNIT)
    sys.stderr.write(ran.stderr)
    sys.exit(ran.returncode)


parser = argparse.ArgumentParser(prog="amazon-cloudwatch-agent-ctl")
parser.add_argument("-a", dest="action", default="status")
parser.add_argument("-m", dest="mode", default="ec2", choices=["ec2", "onPremise", "onPrem", "auto"])
parser.add_argument("-c", dest="location", default="default")
parser.add_argument("-s", dest="restart", action="store_true")
args = parser.parse_args()
if args.action in ("fetch-config", "append-config"):
    take(args.location, args.action == "append-config")
    if args.restart:
        start()
elif args.action == "remove-config":
    shutil.rmtree(PARTS, ignore_errors=True)
    PARTS.mkdir()
    TRANSLATED.unlink(missing_ok=True)
elif args.action == "status":
    status()
elif args.action == "start":
    start()
elif args.action == "stop":
    sys.exit(systemctl("stop", UNIT).returncode)
else:
    sys.exit(f"Invalid action: {args.action}")
