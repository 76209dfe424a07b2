# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which images of a repository expire, as a shape and as ECR takes it. Pure.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
"""

from __future__ import annotations

import json
import typing as t

from .._core.plan import Shape


def to_lifecycle(wanted: Shape) -> str:
    """The policy's text. A rule for any tag comes last: ECR refuses one that is not the last."""
    rules = []
    if "untagged_days" in wanted:
        since = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": wanted["untagged_days"]}
        rules.append(_rule("Images without a tag", since))
    if "keep_images" in wanted:
        rules.append(_rule("All but the newest images", {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": wanted["keep_images"]}))
    numbered = [{"rulePriority": number, **rule} for number, rule in enumerate(rules, 1)]
    return json.dumps({"rules": numbered}, sort_keys=True)


def _rule(description: str, selection: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"description": description, "selection": selection, "action": {"type": "expire"}}


def from_lifecycle(text: str | None) -> dict[str, t.Any]:
    """A policy as a shape: the two numbers where it says what ours would say, else its rules as they stand."""
    if not text:
        return {}
    rules = json.loads(text).get("rules", [])
    by_status = {rule.get("selection", {}).get("tagStatus"): rule["selection"].get("countNumber") for rule in rules}
    numbers = {"untagged_days": by_status.get("untagged"), "keep_images": by_status.get("any")}
    shape = {key: value for key, value in numbers.items() if value is not None}
    said, ours = (sorted(map(_meaning, one)) for one in (rules, json.loads(to_lifecycle(shape))["rules"]))
    return shape if said == ours else {"rules": rules}


def _meaning(rule: dict[str, t.Any]) -> str:
    """A rule without its number and its words."""
    return json.dumps({key: rule.get(key) for key in ("selection", "action")}, sort_keys=True)
