"""What the gate asks of Bitbucket and what these tests answer keep to Bitbucket's published contracts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import responses

from atlantis_gate.hosts import gather
from atlantis_gate.model import FACT_NAMES
from hosts.bitbucket_wire import Asked, Reply
from hosts.stories import REPO, STORIES, Story

if TYPE_CHECKING:
    from hosts.bitbucket_wire import Wire

KINDS = ("bitbucket_cloud", "bitbucket_data_center")
# The merge preview's word went out of the description, as the preview did, and older servers still say it.
GONE = "answer $.values[0].status: 'merge conflict' is not one of ['added', 'removed', 'modified', 'renamed']"


def stage(kind: str) -> Any:
    return import_module(f"hosts.stage_{kind}")


def asked(kind: str, story: Story) -> list[Asked]:
    """Return all that is asked about a story, with the answers."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        wire: Wire = stage(kind).told(story, http)
        host = import_module(f"atlantis_gate.hosts.{kind}").connect(
            wire.connection(stage(kind).SERVER, REPO, stage(kind).RUN, stage(kind).ENV)
        )
        pull = host.pull_request(stage(kind).REF)
        gather(host, pull, host.changed_files(pull), FACT_NAMES, None)
        return wire.asked


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_requests_and_answers_keep_to_the_contract(kind: str, story: Story) -> None:
    problems = [problem for each in asked(kind, story) for problem in stage(kind).CONTRACT.problems(each)]
    assert problems == ([GONE] if kind == "bitbucket_cloud" and story.conflict else [])


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_keep_to_it_is_noticed(kind: str) -> None:
    contract, first = stage(kind).CONTRACT, asked(kind, STORIES[0])[0]
    made = vars(first)
    assert contract.problems(Asked(**{**made, "reply": Reply({**first.reply.body, "state": "NEW"})})) != []
    assert contract.problems(Asked(**{**made, "url": f"{contract.root}/nowhere"})) != []
    assert contract.problems(Asked(**{**made, "query": {"fields": "all"}})) == ["there is no parameter fields"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_takes_few_requests(kind: str, story: Story) -> None:
    lists = [each for each in asked(kind, story) if each.query.get("page", "1") == "1" and each.query.get("start", "0") == "0"]
    repeated = story.computing
    # Where builds lack, those that are there and those that are required are asked for at the same time.
    lacking = kind == "bitbucket_data_center" and any(check.state != "success" for check in story.checks)
    assert len(lists) <= 6 + repeated + lacking
