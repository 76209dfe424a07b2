# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A revision comes to a service: its hosts answer, and from then on the load balancer says who is well."""

from __future__ import annotations

import io
import zipfile

from .conftest import Outcome
from .conftest import Runs
from .conftest import write_inventory

HEALTH = ("web", "autoscaling_group", "shop-web", "update", ("health_check",))


def put_revision(shop: Runs, key: str, script: str) -> None:
    """Put a bundle below the delivery's prefix; its one script runs when the application has been started."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("appspec.yml", "version: 0.0\nos: linux\nhooks:\n  ValidateService: [{location: check.sh}]\n")
        bundle.writestr("check.sh", script)
    s3 = shop.account.client("s3")
    bucket = next(one["Name"] for one in s3.list_buckets()["Buckets"])
    s3.put_object(Bucket=bucket, Key=key, Body=packed.getvalue())


def health(shop: Runs) -> set[str]:
    elbv2 = shop.account.client("elbv2")
    group = elbv2.describe_target_groups(Names=["shop-web"])["TargetGroups"][0]["TargetGroupArn"]
    return {one["TargetHealth"]["State"] for one in elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]}


def release(shop: Runs, key: str, *arguments: str) -> Outcome:
    return shop("release", "-e", "release_service=web", "-e", f"release_key={key}", *arguments)


def test_a_revision_makes_hosts_answer_and_then_the_load_balancer_judges_them(shop: Runs):
    kinds = {"buckets": {"files": {"bucket_clients": ["web"]}}, "deliveries": {"delivery": {"delivery_services": ["web"], "delivery_bucket": "files"}}}
    write_inventory(shop, "more", kinds)
    shop.ok("site")
    assert health(shop) == {"unhealthy"}
    put_revision(shop, "revisions/web/1.zip", "#!/bin/sh\nexit 0\n")
    planned = release(shop, "revisions/web/1.zip", "--check", "--diff")
    assert (planned.rc, planned.writes) == (0, []), planned.screen[-3000:]
    done = release(shop, "revisions/web/1.zip")
    assert done.rc == 0, done.screen[-3000:]
    assert done.changes == planned.changes
    assert [one["operation"] for one in done.writes] == ["CreateDeployment"]
    assert health(shop) == {"healthy"}

    turned = shop.ok("site")
    assert turned.changes == {HEALTH}
    assert shop.ok("site", "--check", "--diff").changes == set()

    put_revision(shop, "revisions/web/2.zip", "#!/bin/sh\necho 'nobody listens on 8080'\nexit 3\n")
    failed = release(shop, "revisions/web/2.zip")
    assert failed.rc != 0
    assert "ValidateService" in failed.screen
    assert "nobody listens on 8080" in failed.screen
    assert "revisions/web/2.zip did not come to web" in failed.screen
