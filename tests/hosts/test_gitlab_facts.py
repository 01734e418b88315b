"""What GitLab says of a merge request becomes the same nouns as on every host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.model import Approval, Approvals, CommitRef, Divergence, PullRequest, State, Unknown
from hosts import gitlab_answers as made
from hosts.gitlab_scene import MERGE_REQUEST, REF, Reply, Scene
from hosts.stage_gitlab import SERVER
from hosts.stories import BASE, HEAD, MERGE, MERGE_BASE, REPO

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMIT = CommitRef(host="gitlab", server_url=SERVER, repo=REPO, sha=MERGE)
DIFFS = f"{MERGE_REQUEST}/diffs"
APPROVALS = f"{MERGE_REQUEST}/approvals"


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Scene() as opened:
        yield opened


def pull(scene: Scene, **merge_request: Any) -> PullRequest:
    scene.on("GET", MERGE_REQUEST, made.merge_request(**merge_request))
    return scene.pull(scene.gitlab())


def test_a_merge_request_is_a_pull_request(scene: Scene) -> None:
    assert pull(scene) == PullRequest(
        ref=REF,
        url="https://gitlab.com/acme/infra/-/merge_requests/7",
        author="bob",
        state=State.OPEN,
        draft=False,
        fork=False,
        head_sha=HEAD,
        head_branch="feature",
        base_sha=BASE,
        base_branch="main",
    )


@pytest.mark.parametrize(
    ("merge_request", "expected"),
    [
        ({"merge_commit_sha": MERGE, "squash_commit_sha": BASE}, MERGE),
        ({"merge_commit_sha": None, "squash_commit_sha": MERGE}, MERGE),
        ({"merge_commit_sha": None}, HEAD),
    ],
)
def test_the_merge_is_a_merge_commit_a_squash_or_the_head_itself(scene: Scene, merge_request: dict[str, Any], expected: str) -> None:
    found = pull(scene, **made.merged(**merge_request))
    assert (found.state, found.merge_sha) == (State.MERGED, expected)


@pytest.mark.parametrize("source", [made.FORK, None])
def test_another_source_project_is_a_fork_and_so_is_a_deleted_one(scene: Scene, source: int | None) -> None:
    assert pull(scene, source_project_id=source).fork is True


def test_an_old_gitlab_says_draft_in_another_field(scene: Scene) -> None:
    assert pull(scene, draft=None, work_in_progress=True).draft is True


def test_a_merge_request_that_is_just_being_merged_is_waited_for(scene: Scene) -> None:
    scene.on("GET", MERGE_REQUEST, made.merge_request(state="locked"), made.merge_request(state="locked"), made.merged())
    assert scene.pull(scene.gitlab()).state is State.MERGED
    scene.on("GET", MERGE_REQUEST, made.merge_request(state="locked"))
    with pytest.raises(HostError, match="locked"):
        scene.pull(scene.gitlab(seconds=5))


@pytest.mark.parametrize("full", ["acme/other!7", "acme/infra!8"])
def test_a_merge_request_of_another_project_is_refused(scene: Scene, full: str) -> None:
    with pytest.raises(HostError, match="another merge request"):
        pull(scene, references={"full": full})


def test_without_references_the_web_address_tells_which_project_it_is(scene: Scene) -> None:
    assert pull(scene, references=None).url
    with pytest.raises(HostError, match="another merge request"):
        pull(scene, references=None, web_url="https://gitlab.com/acme/other/-/merge_requests/7")


def test_a_merged_one_tells_where_its_target_branch_stood(scene: Scene) -> None:
    assert pull(scene, **made.merged()).before_sha == made.merged()["diff_refs"]["start_sha"]


@pytest.mark.parametrize("field", ["state", "sha", "source_branch", "target_branch", "web_url", "project_id", "target_project_id"])
def test_a_field_that_is_missing_is_an_error_that_names_it(scene: Scene, field: str) -> None:
    with pytest.raises(HostError, match=field):
        pull(scene, **{field: None})


def test_both_sides_of_a_rename_and_all_pages_are_changed_files(scene: Scene) -> None:
    first = [made.diff(f"{number:03}.tf") for number in range(100)]
    second = [made.diff("new.tf", "old.tf")]
    scene.on("GET", DIFFS, lambda asked: Reply(second if asked.query.get("page") == "2" else first))
    host = scene.on("GET", MERGE_REQUEST, made.merge_request(changes_count="101")).gitlab()
    assert host.changed_files(scene.pull(host)) == (*(f"{number:03}.tf" for number in range(100)), "new.tf", "old.tf")


@pytest.mark.parametrize("count", ["1000+", "2", "0", "x"])
def test_a_list_of_files_that_is_not_whole_is_an_error(scene: Scene, count: str) -> None:
    host = scene.on("GET", MERGE_REQUEST, made.merge_request(changes_count=count)).gitlab()
    with pytest.raises(HostError, match="changed files"):
        host.changed_files(scene.pull(host))


def test_a_count_that_is_not_there_yet_is_asked_for_again(scene: Scene) -> None:
    scene.on("GET", MERGE_REQUEST, made.merge_request(changes_count=None), made.merge_request(changes_count=""), made.merge_request())
    scene.on("GET", DIFFS, [], [made.diff("staging/main.tf")])
    host = scene.gitlab()
    assert host.changed_files(scene.pull(host)) == ("staging/main.tf",)
    scene.on("GET", MERGE_REQUEST, made.merge_request(changes_count=None))
    host = scene.gitlab(seconds=5)
    with pytest.raises(HostError, match="does not say"):
        host.changed_files(scene.pull(host))


def test_a_merge_request_without_commits_is_not_waited_for(scene: Scene) -> None:
    host = scene.on("GET", MERGE_REQUEST, made.merge_request(changes_count=None, detailed_merge_status="commits_status")).gitlab()
    with pytest.raises(HostError, match="does not say"):
        host.changed_files(scene.pull(host))
    assert scene.clock.slept == []


def test_a_gitlab_without_the_list_of_diffs_is_asked_the_old_way(scene: Scene) -> None:
    scene.on("GET", DIFFS, Reply({"error": "404 Not Found"}, 404))
    scene.on("GET", f"{MERGE_REQUEST}/changes", {"changes": [made.diff("a.tf")], "overflow": False})
    host = scene.gitlab()
    assert host.changed_files(scene.pull(host)) == ("a.tf",)
    scene.on("GET", f"{MERGE_REQUEST}/changes", {"changes": [made.diff("a.tf")], "overflow": True})
    host = scene.gitlab()
    with pytest.raises(HostError, match="changed files"):
        host.changed_files(scene.pull(host))


def test_new_commits_while_evaluating_are_an_error(scene: Scene) -> None:
    scene.on("GET", MERGE_REQUEST, made.merge_request(detailed_merge_status="checking"), made.merge_request(sha="e" * 40))
    host = scene.gitlab()
    with pytest.raises(HostError, match="new commits"):
        host.mergeability(scene.pull(host))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (made.approvals("alice", "bob"), Approvals((Approval("alice"), Approval("bob")))),
        (made.approvals(), Approvals(())),
        (made.approvals(left=None), Approvals(())),
        (made.approvals("alice", left=None), Approvals((Approval("alice"),))),
        (made.approvals("alice", left=2, approved=False), Approvals((Approval("alice"),), 2)),
    ],
)
def test_approvals_are_read_from_either_edition(scene: Scene, answer: Any, expected: Approvals) -> None:
    host = scene.on("GET", APPROVALS, answer).gitlab()
    assert host.approvals(scene.pull(host)) == expected


@pytest.mark.parametrize(
    ("merge_request", "approvals"),
    [({"detailed_merge_status": "approvals_syncing"}, {}), ({}, {"approved": False})],
    ids=["the word says so", "approved is false though none is missing"],
)
def test_approvals_that_gitlab_still_sorts_out_are_waited_for(scene: Scene, merge_request: Any, approvals: Any) -> None:
    held = made.merge_request(**merge_request)
    scene.on("GET", MERGE_REQUEST, held, held, made.merge_request())
    scene.on("GET", APPROVALS, made.approvals("alice", **approvals), made.approvals("alice", **approvals), made.approvals())
    host = scene.gitlab()
    assert host.approvals(scene.pull(host)) == Approvals(())
    assert scene.clock.slept == [1.0, 2.0]
    scene.on("GET", MERGE_REQUEST, held).on("GET", APPROVALS, made.approvals("alice", **approvals))
    host = scene.gitlab(seconds=4)
    assert isinstance(host.approvals(scene.pull(host)), Unknown)


def compared(
    scene: Scene, planned_on: str | None, base: Any = MERGE_BASE, files: tuple[str, ...] = (), **changes: Any
) -> Divergence | Unknown:
    scene.on("GET", ".*/repository/merge_base", made.commit(base) if isinstance(base, str) else base)
    scene.on("GET", ".*/repository/compare", made.comparison(*files, **changes))
    host = scene.gitlab()
    return host.divergence(scene.pull(host), planned_on)


def test_the_starting_point_is_the_merge_base(scene: Scene) -> None:
    assert compared(scene, None, files=("a.tf", "b.tf")) == Divergence(BASE, MERGE_BASE, ("a.tf", "b.tf"))
    assert [(asked.query.get("from"), asked.query.get("to")) for asked in scene.asked if "compare" in asked.path] == [(HEAD, BASE)]


@pytest.mark.parametrize("planned_on", [MERGE_BASE, MERGE_BASE[:9], MERGE_BASE.upper()])
def test_a_planned_commit_that_is_part_of_the_base_counts(scene: Scene, planned_on: str) -> None:
    assert compared(scene, planned_on, files=("a.tf",)) == Divergence(BASE, MERGE_BASE, ("a.tf",))


def test_a_planned_commit_that_is_not_part_of_the_base_is_unknown(scene: Scene) -> None:
    assert isinstance(compared(scene, "e" * 40), Unknown)


@pytest.mark.parametrize("planned_on", ["main", "HEAD~1", "abc", "--x"])
def test_what_is_no_commit_id_is_never_asked(scene: Scene, planned_on: str) -> None:
    assert isinstance(compared(scene, planned_on), Unknown)
    assert not [path for path in scene.paths() if "merge_base" in path]


def test_nothing_has_changed_since_the_tip_itself(scene: Scene) -> None:
    assert compared(scene, BASE) == Divergence(BASE, BASE, ())
    assert compared(scene, None, base=BASE, files=("a.tf",)) == Divergence(BASE, BASE, ())


@pytest.mark.parametrize(
    ("base", "changes"),
    [
        (MERGE_BASE, {"compare_timeout": True}),
        (MERGE_BASE, {"commits": []}),
        (Reply({"message": "404 Merge Base Not Found"}, 404), {}),
        (Reply({"message": "400 Bad request - Could not find ref: x"}, 400), {}),
    ],
)
def test_a_comparison_that_is_not_whole_is_unknown(scene: Scene, base: Any, changes: dict[str, Any]) -> None:
    assert isinstance(compared(scene, None, base=base, **changes), Unknown)


def test_after_a_merge_the_starting_point_is_the_merge(scene: Scene) -> None:
    scene.on("GET", MERGE_REQUEST, made.merged())
    assert compared(scene, None, base=MERGE, files=("a.tf",)) == Divergence(BASE, MERGE, ("a.tf",))
    assert isinstance(compared(scene, None, base=MERGE_BASE), Unknown)


@pytest.mark.parametrize("field", ["merge_commit_sha", "squash_commit_sha", "sha"])
def test_the_merged_merge_request_is_found_by_its_commit(scene: Scene, field: str) -> None:
    scene.on(
        "GET",
        f".*/commits/{MERGE}/merge_requests",
        [made.merged(**{"merge_commit_sha": None, field: MERGE}), made.merge_request(sha=MERGE)],
    )
    assert scene.gitlab().merged_pull_request(COMMIT) == REF


def test_a_merge_request_that_is_listed_late_is_asked_for_again(scene: Scene) -> None:
    scene.on("GET", f".*/commits/{MERGE}/merge_requests", [], [], [made.merged()])
    assert scene.gitlab().merged_pull_request(COMMIT) == REF
    assert scene.clock.slept == [1.0, 2.0]


@pytest.mark.parametrize(
    "found",
    [
        [],
        [made.merged(merge_commit_sha=BASE)],
        [made.merged(), made.merged(iid=8, references={"full": "acme/infra!8"})],
        [made.merged(references={"full": "fork/infra!7"})],
    ],
    ids=["none", "of another commit", "two", "of another project"],
)
def test_anything_but_one_merge_is_an_error(scene: Scene, found: list[Any]) -> None:
    scene.on("GET", f".*/commits/{MERGE}/merge_requests", found)
    with pytest.raises(HostError, match="needs exactly one"):
        scene.gitlab().merged_pull_request(COMMIT)
