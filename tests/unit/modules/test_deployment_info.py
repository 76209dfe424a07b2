# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deploys from the first to the rollback: what is live is read from AWS, and a second deploy of the same does nothing."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils import _aws
from ansible_collections.groundwork.aws.plugins.plugin_utils.deploy_settings import deploy_settings
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .deploying import Deploys
from .deploying import Failed
from .deploying import virtual_waiter
from .deploying import World


@pytest.fixture(scope="module")
def one_cloud() -> t.Iterator[LocalCloud]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        with LocalCloud(traffic=True) as cloud:
            yield cloud


@pytest.fixture
def world(cloud: LocalCloud, aws: t.Any, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[World]:
    with CLOCK.virtual():
        monkeypatch.setattr(_aws, "Waiter", virtual_waiter(CLOCK.advance))
        yield World(cloud, aws)


@pytest.fixture
def deploy(run: t.Any, world: World) -> Deploys:
    return Deploys(run, world)


def test_the_first_deploy_makes_both_services_and_the_next_takes_the_other_colour(deploy: Deploys, world: World):
    first = deploy(1)
    assert (first["new"], first["old"], [step["share"] for step in first["steps"]]) == ("green", "blue", [100])
    assert (world.live, world.running()) == ((1, "green"), {"blue": (1, 0), "green": (1, 2)})
    second = deploy(2)
    assert [step["share"] for step in second["steps"]] == [10, 100]
    assert (world.live, world.running()) == ((2, "blue"), {"blue": (2, 2), "green": (1, 0)})


def test_the_same_again_does_nothing(deploy: Deploys, world: World):
    deploy(1)
    before = len(deploy.run.writes())
    assert deploy(1)["told"] == "nothing to do: green is live, and runs it"
    assert len(deploy.run.writes()) == before


def test_the_new_colour_gets_the_live_ones_size(deploy: Deploys, world: World):
    deploy(1)
    world.aws.ecs.update_service(cluster="library", service="library-green", desiredCount=3)
    CLOCK.advance(60)
    deploy(2)
    assert world.running()["blue"] == (2, 3)


def test_the_way_back_is_one_call_while_the_old_colour_is_kept(deploy: Deploys, world: World):
    deploy(1)
    deploy(2, retain_minutes=0)
    before = len(deploy.run.writes())
    deploy.rollback()
    assert [one["operation"] for one in deploy.run.writes()[before:]] == ["ModifyListener"]
    assert world.live == (1, "green")
    again = deploy(2)
    assert (again["new"], again["old"]) == ("blue", "green")
    with pytest.raises(Failed, match="there is nothing to go back to: green cannot answer, its tasks were scaled in"):
        deploy.rollback()


def test_a_rollback_while_the_old_colour_has_its_time_keeps_it(deploy: Deploys, world: World):
    deploy(1)
    shift = deploy(2, retain_minutes=0)
    deploy.rollback()
    deploy.retire(shift, {**_settings(), "retain_minutes": 5})
    assert (world.live, world.running()["green"]) == ((1, "green"), (1, 2))


def _settings() -> dict[str, t.Any]:
    return deploy_settings({}, {})


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (":none", "there is no image {repository}:none in ECR; push it, and deploy again"),
        ("{repository}", "names neither tag nor digest"),
        ("{repository}@sha256:" + "0" * 64, "there is no image"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/library:1", "is in us-east-1, where its tag is not looked up"),
        ("library :1", "has a blank in it"),
    ],
)
def test_an_image_that_is_not_there_is_refused_before_anything_is_registered(deploy: Deploys, world: World, image: str, said: str):
    before = len(deploy.run.writes())
    with pytest.raises(Failed) as failed:
        deploy.look(_settings(), image=image.format(repository=world.repository))
    assert said.format(repository=world.repository) in str(failed.value)
    assert len(deploy.run.writes()) == before


def test_another_registrys_image_is_taken_as_it_is_given(deploy: Deploys, world: World):
    assert deploy.look(_settings(), image="public.ecr.aws/nginx/nginx:1.29")["image"] == "public.ecr.aws/nginx/nginx:1.29"
    assert deploy.look(_settings(), image=":3")["image"] == world.images[3]


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"strategy": "blue_green"}, "one of all_at_once, canary, linear"), ({"share": 100}, "1 to 99 percent"), ({"bake_minutes": -1}, "0 minutes or more")],
)
def test_a_strategy_that_is_none_is_refused(deploy: Deploys, world: World, settings: dict, said: str):
    with pytest.raises(Failed, match=said):
        deploy.look({**_settings(), **settings})


def test_what_site_has_not_made_is_said(deploy: Deploys, world: World):
    world.aws.elbv2.delete_listener(ListenerArn=world.listener)
    with pytest.raises(Failed, match="no listener forwards to library-blue and library-green; run site.yml first"):
        deploy(1)
