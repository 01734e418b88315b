"""The one question: valid by GitHub's published schema, and asked again without what an older server does not know."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from graphql import parse, validate

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.github_query import COMMENTS_QUERY, MERGED_QUERY, OPTIONAL, gate_query, unknown_parts
from hosts.github_answers import answer, base, pull, undefined
from hosts.github_contracts import graphql_schema
from hosts.github_stage import REF, Stage

if TYPE_CHECKING:
    from hosts.github_answers import JSON

LEFT_OUT = [(), *((part,) for part in sorted(OPTIONAL)), *itertools.combinations(sorted(OPTIONAL), 2), tuple(OPTIONAL)]


@pytest.mark.parametrize("query", [*map(gate_query, LEFT_OUT), MERGED_QUERY, COMMENTS_QUERY])
def test_every_form_of_a_question_is_valid_by_the_published_schema(query: str) -> None:
    assert [problem.message for problem in validate(graphql_schema(), parse(query))] == []


def test_a_part_left_out_is_not_in_the_question() -> None:
    assert "rules(" in gate_query()
    assert "rules(" not in gate_query(["rules"])
    assert "<" not in gate_query() + gate_query(OPTIONAL)


FIELDS = [
    ("rules", "Ref", "rules"),
    ("refUpdateRule", "Ref", "protection"),
    ("requiresConversationResolution", "RefUpdateRule", "conversations"),
    ("branchProtectionRule", "Ref", "administration"),
    ("lockBranch", "BranchProtectionRule", "administration"),
    ("file", "Commit", "config"),
    ("file", "WorkflowRun", "workflowFile"),
    ("isValid", "GitSignature", "signatures"),
    ("workflows", "WorkflowsParameters", "requiredWorkflows"),
    ("requiredReviewThreadResolution", "PullRequestParameters", "rules"),
]


@pytest.mark.parametrize(("field", "kind", "part"), FIELDS)
def test_a_field_that_a_server_does_not_know_is_left_out_and_asked_again_once(stage: Stage, field: str, kind: str, part: str) -> None:
    stage.graphql(undefined(field, kind), answer(pull()))
    host = stage.host()
    assert host.pull_request(REF).head_branch == "feature"
    assert [asked.body["query"] for asked in stage.asked] == [gate_query(), gate_query([part])]


def test_several_unknown_fields_at_once_take_one_more_request(stage: Stage) -> None:
    first = {"errors": [*undefined("rules", "Ref")["errors"], *undefined("refUpdateRule", "Ref")["errors"]]}
    stage.graphql(first, answer(pull()))
    stage.host().pull_request(REF)
    assert stage.asked[1].body["query"] == gate_query(["rules", "protection"])


def test_an_unknown_type_is_known_by_its_name(stage: Stage) -> None:
    stage.graphql({"errors": [{"message": "No such type WorkflowsParameters, so it can't be a fragment condition"}]}, answer(pull()))
    stage.host().pull_request(REF)
    assert stage.asked[1].body["query"] == gate_query(["requiredWorkflows"])


@pytest.mark.parametrize(
    "reply",
    [
        undefined("mergeStateStatus", "PullRequest"),
        {"errors": [{"message": "Parse error on line 1"}]},
        {
            "errors": [
                {"message": "Your token has not been granted the required scopes to execute this query.", "type": "INSUFFICIENT_SCOPES"}
            ]
        },
    ],
)
def test_a_question_that_cannot_be_asked_without_a_field_is_an_error(stage: Stage, reply: JSON) -> None:
    stage.graphql(reply)
    with pytest.raises(HostError):
        stage.host().pull_request(REF)
    assert len(stage.asked) == 1


def test_a_server_that_refuses_what_it_was_not_asked_is_not_asked_for_ever(stage: Stage) -> None:
    stage.graphql(undefined("rules", "Ref"))
    with pytest.raises(HostError):
        stage.host().pull_request(REF)
    assert len(stage.asked) == 2


def test_answers_of_a_server_without_the_optional_parts_are_read(stage: Stage) -> None:
    """An older server's answer lacks the fields altogether."""
    node = pull(baseRef={"target": {"oid": base()["target"]["oid"]}})
    del node["commits"], node["head"]["nodes"][0]["commit"]["file"]
    stage.graphql({"errors": [error for name, kind, _ in FIELDS for error in undefined(name, kind)["errors"]]}, answer(node))
    host = stage.host()
    assert host.pull_request(REF).author == "bob"
    assert stage.asked[1].body["query"] == gate_query(OPTIONAL)


def test_only_fields_of_the_optional_parts_may_be_left_out() -> None:
    assert unknown_parts(undefined("rules", "Ref")["errors"]) == {"rules"}
    assert unknown_parts(undefined("state", "PullRequest")["errors"]) == frozenset()
