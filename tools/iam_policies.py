# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write docs/iam/<role>.json: what the credentials of who deploys must allow for a role of the collection, and nothing more.

    python tools/iam_policies.py [FOLDER]

The calls are read from the code that a role's modules reach, so that a policy also allows what only a rare run does: mending drift,
replacing, telling who holds what. tests/stack runs a whole life as a user who has just these policies.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import typing as t
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name
from localcloud.iam_actions import all_actions, PASS_ROLE, PASSES

ROOT = Path(__file__).parents[1]
UTILS = ROOT / "plugins" / "module_utils"
SDK = botocore.session.get_session()
MODULES = ROOT / "plugins" / "modules"
#: The table of every type: who reaches a type through it reads what stands, and removes it by that type's own role.
TYPES = UTILS / "_stack" / "types.py"
READING = re.compile(r"[a-z0-9-]+:(Describe|List|Get|BatchGet)")
#: Readings of values rather than of what stands: no part of reading a stack.
VALUES = re.compile(r"secretsmanager:Get\w+|ssm:Get\w+|kms:Decrypt|s3:GetObject|logs:GetLogEvents")

#: Statements beside the general ones: Sid, which actions, and what they are narrowed to. The first that fits has an action;
#: what may be either done to what is ours, or make something ours, stands twice.
NEW = {"StringLike": {"aws:RequestTag/groundwork:stack": "*"}}
OURS = {"StringLike": {"aws:ResourceTag/groundwork:stack": "*"}}
LOCKS = "arn:aws:dynamodb:*:*:table/groundwork-*-lock"
TAGS = r"iam:Tag(Role|InstanceProfile|OpenIDConnectProvider)"
NARROWED: tuple[tuple[str, str, dict[str, t.Any]], ...] = (
    ("ReadLock", r"dynamodb:(Describe|Get|List)\w+", {"Resource": LOCKS}),
    ("Lock", r"dynamodb:\w+", {"Resource": LOCKS}),
    ("ServiceRoles", r"iam:CreateServiceLinkedRole", {"Resource": "arn:aws:iam::*:role/aws-service-role/*"}),
    ("OurPolicies", r"iam:(Create|Delete|Tag|Untag)Policy(Version)?", {"Resource": "arn:aws:iam::*:policy/groundwork/*"}),
    ("NewIdentities", rf"iam:Create\w+|{TAGS}", {"Resource": "*", "Condition": NEW}),
    ("OurIdentities", r"iam:(?!List|Get|PassRole)\w+", {"Resource": "*", "Condition": OURS}),
)


# -- what a role calls -------------------------------------------------------------------------------------------


def modules_of(role: str) -> list[str]:
    """The modules of this collection that a role's tasks call."""
    text = "".join(path.read_text() for path in sorted((ROOT / "roles" / role / "tasks").rglob("*.yml")))
    return sorted({name for name in re.findall(r"^\s+groundwork\.aws\.(\w+):", text, re.MULTILINE) if (MODULES / f"{name}.py").is_file()})


def calls_of(role: str) -> set[tuple[str, str]]:
    """(service, operation) of each call that the code of a role's modules can make, as botocore names them.

    Each run reads the whole stack: that is the part of the role `stack`, whose policy goes with every other.
    """
    found = {("sts", "GetCallerIdentity")}
    for module in modules_of(role):
        for path, reading in reached(MODULES / f"{module}.py"):
            if not reading:
                found |= calls_in(path)
            elif role == "stack":
                found |= {call for call in calls_in(path) if is_reading(call)}
    return found


def is_reading(call: tuple[str, str]) -> bool:
    return all(READING.match(action) and not VALUES.fullmatch(action) for action in all_actions(*call, ()))


def reached(start: Path) -> set[tuple[Path, bool]]:
    """Each file of module_utils that a module imports, directly or not, and whether only its readings count."""
    todo, done = [(start, False)], set()
    while todo:
        path, reading = todo.pop()
        if (path, reading) not in done:
            done.add((path, reading))
            todo += [(other, reading or path == TYPES) for other in imports(path)]
    return {(path, reading) for path, reading in done if not reading or (path, False) not in done}


@cache
def imports(path: Path) -> list[Path]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1] if node.level else UTILS
            name = (node.module or "").rpartition("plugins.module_utils.")[2]
            inside = base.joinpath(*filter(None, name.split(".")))
            found += [inside.with_suffix(".py"), *(inside / f"{one.name}.py" for one in node.names)]
    return [one for one in found if one.is_file() and UTILS in one.parents]


@cache
def calls_in(path: Path) -> set[tuple[str, str]]:
    """A call names service and operation side by side; an operation by itself is one of the folder's own service."""
    tree = ast.parse(path.read_text())
    folder = path.parent.name.removeprefix("_").replace("_", "-")
    found, named = set(), set()
    for node in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) > 1):
        service, operation = ((one.value if isinstance(one, ast.Constant) else None) for one in node.args[:2])
        if isinstance(service, str) and operation in operations(service):
            found.add((service, operations(service)[operation]))
            named.add(operation)
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)} - named
    return found | {(folder, name) for word, name in operations(folder).items() if word in words}


@cache
def operations(service: str) -> dict[str, str]:
    """The operations of a service: as the SDK spells them, and as AWS does; none where there is no such service."""
    if service not in SDK.get_available_services():
        return {}
    return {xform_name(name): name for name in model(service).operation_names}


def parameters(service: str, operation: str) -> list[str]:
    shape = model(service).operation_model(operation).input_shape
    return list(shape.members) if shape else []


@cache
def model(service: str) -> t.Any:
    return SDK.get_service_model(service)


# -- what must be allowed ----------------------------------------------------------------------------------------


def policy(role: str) -> dict[str, t.Any]:
    """The policy of a role's calls."""
    calls = calls_of(role)
    actions = {action for call in calls for action in all_actions(*call, parameters(*call))}
    passed = sorted({PASSES[action] for action in actions if action in PASSES})
    actions.discard(PASS_ROLE)
    narrowed = []
    for sid, pattern, narrowing in NARROWED:
        chosen = {action for action in actions if re.fullmatch(pattern, action)}
        narrowed.append((sid, chosen, narrowing))
        actions -= {action for action in chosen if not (sid == "NewIdentities" and re.fullmatch(TAGS, action))}
    reads = {action for action in actions if READING.match(action)}
    general = [("Read", reads, {"Resource": "*"}), ("Write", actions - reads, {"Resource": "*"})]
    handed = {"Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": passed}}}
    statements = (*general, *narrowed, ("HandOnRoles", {PASS_ROLE} if passed else set(), handed))
    shown = [{"Sid": sid, "Effect": "Allow", "Action": sorted(chosen), **narrowing} for sid, chosen, narrowing in statements if chosen]
    return {"Version": "2012-10-17", "Statement": shown}


def rendered(role: str) -> str:
    return json.dumps(policy(role), indent=2) + "\n"


def roles() -> list[str]:
    """The roles that call AWS by modules of this collection."""
    return [path.name for path in sorted((ROOT / "roles").iterdir()) if (path / "tasks").is_dir() and modules_of(path.name)]


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "iam"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for role in roles():
        (folder / f"{role}.json").write_text(rendered(role))


if __name__ == "__main__":
    main()
