# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/permissions.md lists the very calls that the code makes."""

from __future__ import annotations

import fnmatch
import json
import re
from pathlib import Path

import botocore.session
from botocore import xform_name

ROOT = Path(__file__).parents[2]
SERVICES = ("ec2", "sts", "dynamodb")


def documented() -> set[str]:
    policies = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "permissions.md").read_text(), re.DOTALL)
    return {action for statement in json.loads(policies[0])["Statement"] for action in statement["Action"]}


def called() -> set[str]:
    """The operations whose names stand in the code as strings, in the SDK's spelling."""
    text = "".join(path.read_text() for path in (ROOT / "plugins" / "module_utils").rglob("*.py"))
    words = set(re.findall(r'"([a-z_]+)"', text))
    models = {service: botocore.session.get_session().get_service_model(service) for service in SERVICES}
    return {f"{service}:{name}" for service, model in models.items() for name in model.operation_names if xform_name(name) in words}


def test_every_call_is_allowed():
    allowed = documented()
    assert [call for call in sorted(called()) if not any(fnmatch.fnmatch(call, action) for action in allowed)] == []


def test_nothing_is_allowed_that_is_not_called():
    calls = called()
    assert [action for action in sorted(documented()) if not fnmatch.filter(calls, action)] == []
