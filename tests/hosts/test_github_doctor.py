"""What `doctor` finds out on GitHub: each thing that a run needs is tried, one lack is one row, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from atlantis_gate.diagnosis import Held
from atlantis_gate.errors import CredentialError, HostError
from hosts.github_answers import answer, base, error, pull, undefined
from hosts.github_clinic import DENIED, NO_COMMIT, REPO, ROUTES, clinic, diagnosed, helds
from hosts.github_stage import Reply, Stage

NAMES = ["repository", "pull requests", "reviews", "files", "comparison", "checks", "statuses", "workflow runs", "rulesets"]
OPTIONAL = ["branch protection", "post statuses", "comment", "teams"]
SCOPES = {"X-OAuth-Scopes": "repo, read:org"}


def test_a_token_that_may_everything_has_it_all(stage: Stage) -> None:
    found = diagnosed(clinic(stage, headers=SCOPES))
    assert helds(found) == dict.fromkeys([*NAMES, *OPTIONAL], Held.YES)
    assert [trial.need.name for trial in found.trials if trial.need.required] == NAMES
    assert (found.sufficient, found.remarks, found.identity, found.scopes) == (True, (), "alice", ("repo", "read:org"))
    assert (found.host, found.server_url, found.repo) == ("github", "https://github.com", "acme/infra")
    assert found.credential == "classic personal access token from GITHUB_TOKEN"


def test_all_that_is_sent_reads_but_for_a_status_of_no_commit(stage: Stage) -> None:
    diagnosed(clinic(stage))
    assert [path for path in stage.paths() if not path.startswith("GET")] == ["POST /graphql"] * 2 + [f"POST {REPO}/statuses/{NO_COMMIT}"]
    assert len(stage.asked) == 13
    assert next(asked.body for asked in stage.asked if "/statuses/" in asked.path) == {
        "state": "pending",
        "context": "atlantis-gate/doctor",
        "description": "a dry run",
    }


@pytest.mark.parametrize("name", [name for name in ROUTES if name not in {"repository", "pull requests"}])
@pytest.mark.parametrize("status", [403, 404])
def test_one_lack_is_one_row(stage: Stage, name: str, status: int) -> None:
    method, path = ROUTES[name]
    words = "Resource not accessible by personal access token"
    found = diagnosed(clinic(stage, headers=SCOPES).on(method, path, Reply({"message": words}, status)))
    expected = Held.UNKNOWN if (name, status) == ("rulesets", 404) else Held.NO
    assert {key: held for key, held in helds(found).items() if held is not Held.YES} == {name: expected}
    (evidence,) = [trial.evidence for trial in found.trials if trial.need.name == name]
    assert f"({status} {words})" in evidence
    assert found.sufficient is (name in OPTIONAL)


def test_pull_requests_that_may_not_be_read_are_found_by_the_list_and_by_the_question(stage: Stage) -> None:
    refused = answer(None, error("Resource not accessible by personal access token", "repository", "pullRequest"))
    found = diagnosed(clinic(stage, question=refused).on("GET", f"{REPO}/pulls", DENIED).on("GET", f"{REPO}/(commits|compare)/.*", {}))
    assert {name for name, held in helds(found).items() if held is Held.NO} == {"pull requests", "reviews"}


def test_a_pull_request_that_is_not_there_is_told_and_everything_else_is_tried_on_the_default_branch(stage: Stage) -> None:
    gone = answer(None, error("Could not resolve to a PullRequest with the number of 7.", "repository", "pullRequest", kind="NOT_FOUND"))
    found = diagnosed(clinic(stage, question=gone).on("GET", f"{REPO}/(commits|compare)/main.*", {}))
    assert {name: held for name, held in helds(found).items() if held is not Held.YES} == {
        "pull requests": Held.UNKNOWN,
        "reviews": Held.UNKNOWN,
        "comment": Held.UNKNOWN,
    }
    assert "Could not resolve to a PullRequest" in found.trials[1].evidence
    assert f"GET {REPO}/compare/main...main" in stage.paths()


@pytest.mark.parametrize(
    ("hidden", "name", "held"),
    [
        (("head", "nodes", 0, "commit", "statusCheckRollup"), "checks", Held.NO),
        (("latestOpinionatedReviews",), "reviews", Held.NO),
        (("baseRef", "rules"), "rulesets", Held.NO),
    ],
)
def test_what_only_the_question_of_a_run_shows_to_be_hidden_counts(stage: Stage, hidden: tuple[Any, ...], name: str, held: Held) -> None:
    said = error("Resource not accessible by integration", "repository", "pullRequest", *hidden)
    node = pull(latestOpinionatedReviews=None) if name == "reviews" else pull(baseRef=base(rules=None) | {"rules": None})
    found = diagnosed(clinic(stage, headers=SCOPES, question=answer(node, said)))
    assert {key: value for key, value in helds(found).items() if value is not Held.YES} == {name: held}


def test_without_a_pull_request_the_newest_open_one_is_taken(stage: Stage) -> None:
    clinic(stage).on("GET", f"{REPO}/pulls", [{"number": 12}]).host().diagnose(None)
    assert [asked.body["variables"]["number"] for asked in stage.asked if "pullRequest" in str(asked.body)] == [12]
    assert stage.asked[2].query == {"state": "open", "sort": "created", "direction": "desc", "per_page": "1"}


def test_without_any_open_pull_request_the_repository_is_enough(stage: Stage) -> None:
    clinic(stage, headers=SCOPES).on("GET", f"{REPO}/pulls", []).on("GET", f"{REPO}/(commits|compare)/main.*", {})
    found = stage.host().diagnose(None)
    assert found.sufficient
    assert found.remarks == ("There is no open pull request, so the question that a run asks was not tried. Try again when there is one.",)


@pytest.mark.parametrize("status", [403, 404])
def test_a_repository_that_is_not_seen_leaves_all_else_untried(stage: Stage, status: int) -> None:
    found = diagnosed(clinic(stage).on("GET", REPO, Reply({"message": "Not Found"}, status)))
    assert helds(found) == {"repository": Held.NO, **dict.fromkeys([*NAMES[1:], *OPTIONAL[:-1]], Held.UNKNOWN)}
    assert {trial.evidence for trial in found.trials[1:]} == {"not tried, for the repository cannot be read"}
    assert stage.paths() == ["POST /graphql", f"GET {REPO}"]


def test_a_renamed_repository_is_not_followed(stage: Stage) -> None:
    found = diagnosed(clinic(stage).on("GET", REPO, Reply({"message": "Moved Permanently"}, 301)))
    assert (found.trials[0].held, found.trials[0].evidence) == (Held.UNKNOWN, "redirected (301)")


@pytest.mark.parametrize(
    ("reply", "held"),
    [
        ({"enforce_admins": {}}, Held.YES),
        (Reply({"message": "Branch not protected"}, 404), Held.YES),
        (Reply({"message": "Not Found"}, 404), Held.NO),
        (Reply({"message": "Upgrade to GitHub Pro or make this repository public to enable this feature."}, 403), Held.UNKNOWN),
    ],
)
def test_branch_protection_is_seen_by_administrators_only(stage: Stage, reply: Any, held: Held) -> None:
    found = diagnosed(clinic(stage).on("GET", f"{REPO}/branches/main/protection", reply))
    assert helds(found)["branch protection"] is held


def test_a_plan_without_rulesets_has_none_to_read(stage: Stage) -> None:
    words = "Upgrade to GitHub Pro or make this repository public to enable this feature."
    found = diagnosed(clinic(stage).on("GET", f"{REPO}/rules/branches/main", Reply({"message": words}, 403)))
    assert helds(found)["rulesets"] is Held.YES


@pytest.mark.parametrize(("reply", "held"), [(Reply({}, 201), Held.YES), (Reply({"message": "Odd"}, 400), Held.UNKNOWN)])
def test_the_dry_run_of_a_status_is_read_with_care(stage: Stage, reply: Reply, held: Held) -> None:
    assert helds(diagnosed(clinic(stage).on("POST", f"{REPO}/statuses/{NO_COMMIT}", reply)))["post statuses"] is held


@pytest.mark.parametrize(
    ("start", "scopes", "private", "held"),
    [
        ("ghp_", "repo", True, Held.YES),
        ("ghp_", "public_repo", True, Held.NO),
        ("ghp_", "public_repo", False, Held.YES),
        ("ghp_", "", False, Held.NO),
        ("ghp_", None, False, Held.UNKNOWN),
        ("ghs_", None, True, Held.UNKNOWN),
    ],
)
def test_whether_a_comment_can_be_written_is_told_by_scopes_alone(
    stage: Stage, start: str, scopes: str | None, held: Held, *, private: bool
) -> None:
    headers = {} if scopes is None else {"X-OAuth-Scopes": scopes}
    body = {"default_branch": "main", "private": private, "owner": {"type": "User"}}
    found = diagnosed(clinic(stage).on("GET", REPO, Reply(body, 200, headers)), start)
    assert helds(found)["comment"] is held


def test_a_user_has_no_teams_to_read(stage: Stage) -> None:
    clinic(stage).on("GET", REPO, {"default_branch": "main", "private": False, "owner": {"type": "User"}})
    assert "teams" not in helds(diagnosed(stage))
    assert not any("/orgs/" in path for path in stage.paths())


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        ("2026-11-01 12:00:00 UTC", "The token ends on 2026-11-01 12:00 UTC, within a day. Make a new one and set GITHUB_TOKEN to it."),
        ("2026-11-03 01:00:00 UTC", "The token ends on 2026-11-03 01:00 UTC, in 2 days. Make a new one and set GITHUB_TOKEN to it."),
        ("2026-11-14 02:00:00 +0200", "The token ends on 2026-11-14 00:00 UTC, in 13 days. Make a new one and set GITHUB_TOKEN to it."),
        ("2026-11-16 00:00:00 UTC", ""),
        ("soon", ""),
    ],
)
def test_a_token_that_is_about_to_end_is_told(stage: Stage, expires: str, expected: str) -> None:
    found = diagnosed(clinic(stage, headers={"GitHub-Authentication-Token-Expiration": expires}))
    assert found.remarks == ((expected,) if expected else ())
    assert (found.expires is None) is (expires == "soon")


def test_scopes_that_the_gate_has_no_use_for_are_named(stage: Stage) -> None:
    found = diagnosed(clinic(stage, headers={"X-OAuth-Scopes": "admin:org, repo, delete_repo"}))
    assert found.remarks == ("It has more than the gate uses: admin:org, delete_repo. Take away what nothing else needs.",)


def test_a_fork_is_told_to_whoever_has_a_jobs_token(stage: Stage) -> None:
    found = diagnosed(clinic(stage, question=answer(pull(isCrossRepository=True))), "ghs_")
    assert found.remarks[0].startswith("The pull request comes from a fork.")


def test_a_server_that_is_too_old_for_a_part_of_the_question_is_no_lack_of_permission(stage: Stage) -> None:
    clinic(stage, headers=SCOPES).graphql({"data": {"viewer": {"login": "alice"}}}, undefined("rules", "Ref"), answer(pull()))
    found = diagnosed(stage)
    assert helds(found)["rulesets"] is Held.YES
    assert found.remarks == ("This GitHub server is too old to tell the rulesets of the base branch.",)


@pytest.mark.parametrize("fault", [Reply("", 503), Reply({"message": "Too many"}, 429, {"Retry-After": "9999"})])
@pytest.mark.parametrize("path", [REPO, f"{REPO}/actions/runs", f"{REPO}/statuses/{NO_COMMIT}"])
def test_a_server_that_does_not_answer_proves_nothing(stage: Stage, fault: Reply, path: str) -> None:
    clinic(stage).on("GET", path, fault).on("POST", path, fault)
    with pytest.raises(HostError):
        diagnosed(stage)


def test_a_question_that_gets_no_answer_proves_nothing(stage: Stage) -> None:
    with pytest.raises(HostError):
        diagnosed(clinic(stage, question=Reply("", 503)))


@pytest.mark.parametrize("route", ["graphql", REPO, f"{REPO}/pulls"])
def test_a_token_that_is_refused_is_a_credential_error(stage: Stage, route: str) -> None:
    bad = Reply({"message": "Bad credentials"}, 401)
    clinic(stage)
    stage = stage.graphql(bad) if route == "graphql" else stage.on("GET", route, bad)
    with pytest.raises(CredentialError, match="it is wrong, expired or revoked"):
        diagnosed(stage)


def test_whom_the_token_belongs_to_may_stay_unknown(stage: Stage) -> None:
    clinic(stage).graphql({"errors": [{"message": "no viewer"}]}, answer(pull()))
    assert diagnosed(stage).identity == ""
