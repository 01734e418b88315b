"""Atlantis' behaviour on Bitbucket, as data, against the product: every difference is listed here with its reason."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import responses
import yaml

from atlantis_gate.errors import HostError
from atlantis_gate.hosts import bitbucket_cloud, bitbucket_data_center
from atlantis_gate.hosts.answer import Node
from atlantis_gate.hosts.bitbucket_cloud_pull import told
from atlantis_gate.hosts.bitbucket_cloud_writing import _user
from atlantis_gate.hosts.bitbucket_data_center_access import base_url
from atlantis_gate.hosts.bitbucket_keys import key
from atlantis_gate.model import CommitStatus
from conftest import SHARED
from hosts import stage_bitbucket_cloud as cloud
from hosts import stage_bitbucket_data_center as center
from hosts.bitbucket_wire import Reply
from hosts.stories import FINE, HEAD, REPO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hosts.bitbucket_wire import JSON, Wire

HASHED = "cut keys of different projects must not be the same: the gate puts digits of a hash in the place of dots"
# By case: why the gate differs.
DIFFERENCES: Mapping[str, str] = {
    "bitbucketcloud-status-key-41": HASHED,
    "bitbucketcloud-status-key-project": HASHED,
}
# By kind of case: why the product has no such thing.
LEFT_OUT: Mapping[str, str] = {
    "merge": "the gate merges nothing",
    "hide_comments": "the gate keeps one comment and hides none",
    "project_key": "a repository is named by its project's key; no clone URL is taken apart",
}
CASES_LEFT_OUT: Mapping[str, str] = {
    "bitbucketcloud-mergeable-renamed": "a rename without its earlier path is no whole answer, and nothing is decided on it",
    "bitbucketcloud-status-pending": "the gate posts what it decided and nothing before",
    "bitbucketserver-status-pending": "the gate posts what it decided and nothing before",
}
STATES = {"success": "success", "failed": "failure"}
Case = dict[str, Any]


@cache
def cases() -> tuple[Case, ...]:
    """Read the cases about Bitbucket, none where the data is not there."""
    file = SHARED / "conformance" / "host-cases.yaml"
    if not file.is_file():
        return ()
    found = yaml.load(file.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["cases"]  # noqa: S506  # a safe loader
    return tuple(case for case in found if case["host"] in {"bitbucketcloud", "bitbucketserver"})


def fixture(case: Case) -> JSON:
    """Read a recorded answer."""
    found: JSON = json.loads((SHARED / "conformance" / "fixtures" / case["fixtures"][0]).read_text(encoding="utf-8"))
    return found


def told_today(case: Case) -> JSON:
    """Read a recorded pull request of Bitbucket Cloud; they are from before there were drafts, which it tells of today."""
    return {"draft": False, **fixture(case)}


def opened(case: Case, wire: Wire) -> Any:
    """Open the host that a case is about."""
    if case["host"] == "bitbucketcloud":
        return bitbucket_cloud.connect(wire.connection(cloud.SERVER, REPO, cloud.RUN, cloud.ENV))
    return bitbucket_data_center.connect(wire.connection(center.SERVER, REPO, center.RUN, center.ENV))


def approved(case: Case, wire: Wire) -> JSON:
    """Tell whether somebody other than the author approves."""
    if case["host"] == "bitbucketcloud":
        wire.on("GET", cloud.PULL, {**told_today(case), "id": 7}).on("GET", f"{cloud.HERE}/commit/.*", lambda asked: full(asked.path))
        wire.on("GET", f"{cloud.HERE}/refs/branches/.*", {"target": {"hash": HEAD}})
    else:
        reviewers = [{"user": center.user("alice"), **item} for item in case["inputs"]["reviewers"]]
        wire.on("GET", center.PULL, center.pull(FINE, reviewers=reviewers))
    host, ref = opened(case, wire), cloud.REF if case["host"] == "bitbucketcloud" else center.REF
    pull = host.pull_request(ref)
    return {"approved": any(approval.user != pull.author for approval in host.approvals(pull).by)}


def full(path: str) -> JSON:
    """Return a commit whose hash begins as asked."""
    return {"hash": path.rpartition("/")[2].ljust(40, "0")}


def mergeable(case: Case, wire: Wire) -> JSON:
    """Tell whether anything blocks or cannot be told."""
    if case["host"] == "bitbucketcloud":
        wire.on("GET", f"{cloud.HERE}/diffstat/{REPO}:.*", {"values": case["inputs"]["diffstat_values"]})
    else:
        wire.on("GET", f"{center.PULL}/merge", case["inputs"]["merge_response"])
    host, ref = opened(case, wire), cloud.REF if case["host"] == "bitbucketcloud" else center.REF
    return {"mergeable": getattr(host.mergeability(host.pull_request(ref)), "blockers", None) == (), "reason": ""}


def modified_files(case: Case, wire: Wire) -> JSON:
    """List the changed files over all pages."""
    pages = case["inputs"]["pages"]
    if case["host"] == "bitbucketcloud":
        link = f"{cloud.ROOT}{cloud.HERE}/diffstat/next"
        made = [{**page, **({"next": page["next"].replace("{base}", cloud.ROOT[:-4])} if "next" in page else {})} for page in pages]
        made = [{**page, **({"next": link} if page.get("next", "").startswith(cloud.ROOT) else {})} for page in made]
        wire.on("GET", f"{cloud.HERE}/diffstat/{REPO}:.*", made[0]).on("GET", f"{cloud.HERE}/diffstat/next", made[-1])
    else:
        starts = [0, *(page["nextPageStart"] for page in pages)]
        made = [
            {**page, "start": start, "values": [center.change(path) for path in page["paths"]]}
            for start, page in zip(starts, pages, strict=False)
        ]
        wire.on("GET", f"{center.PULL}/changes", *made)
    host, ref = opened(case, wire), cloud.REF if case["host"] == "bitbucketcloud" else center.REF
    try:
        return {"files": list(host.changed_files(host.pull_request(ref)))}
    except HostError as error:
        return {"error_contains": str(error)}


def status_state(case: Case, wire: Wire) -> JSON:
    """Post a status; the gate has no server of its own whose address could stand in for a missing one, so any address will do."""
    wire.on("POST", f"{cloud.HERE}/commit/.*", Reply({}, 201)).on("POST", "/build-status/.*", Reply(None, 204))
    inputs = case["inputs"]
    opened(case, wire).set_status(HEAD, CommitStatus(inputs["src"], STATES[inputs["status"]], inputs["description"], inputs["url"]))  # type: ignore[arg-type]  # one of the two
    last = wire.asked[-1]
    body = {name: last.body[name] for name in ("key", "state", "description")} | {"url": bool(last.body["url"])}
    path = last.url.removeprefix(wire.root.removesuffix("/rest").removesuffix("/2.0")).replace(HEAD, "{sha}").replace(REPO, "owner/repo")
    return {"state": last.body["state"], "method": last.method, "path": path, "body": body}


def pull_identity(case: Case, wire: Wire) -> JSON:
    """Read what identifies a pull request."""
    found = told(Node("Bitbucket Cloud", "answer", told_today(case)))
    return {"head_commit": found.head, "base_branch": found.base_branch}


def whoami(case: Case, wire: Wire) -> JSON:
    """Ask whose token it is."""
    wire.on("GET", "/user", fixture(case))
    return {"uuid": _user(opened(case, wire)._rest)}


KINDS: Mapping[str, Callable[[Case, Wire], JSON]] = {
    "approved": approved,
    "mergeable": mergeable,
    "modified_files": modified_files,
    "status_state": status_state,
    "status_key": lambda case, _: {"key": key(case["inputs"]["src"])},
    "api_base_url": lambda case, _: {"base_url": base_url(case["inputs"]["base_url"]), "error": None},
    "pull_identity": pull_identity,
    "whoami": whoami,
}


def expected(case: Case) -> JSON:
    """Return what Atlantis does; the address of its own server stands for any."""
    found: JSON = case["expected"]
    return found if "body" not in found else {**found, "body": {**found["body"], "url": True}}


def same(found: JSON, wanted: JSON) -> bool:
    """Compare; an error needs to hold some words only."""
    if "error_contains" in wanted:
        return "next page" in found.get("error_contains", "") and "base URL's origin" in found["error_contains"]
    return found == wanted


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    "case", [case for case in cases() if case["check"] in KINDS and case["id"] not in CASES_LEFT_OUT], ids=lambda case: case["id"]
)
def test_the_gate_does_as_atlantis_but_for_the_listed_differences(case: Case) -> None:
    stage = cloud if case["host"] == "bitbucketcloud" else center
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        alike = same(KINDS[case["check"]](case, stage.told(FINE, http)), expected(case))
    assert alike is (case["id"] not in DIFFERENCES), DIFFERENCES.get(case["id"], "differs without a reason")


@pytest.mark.usefixtures("shared")
def test_every_kind_of_case_is_covered_or_left_out_for_a_reason() -> None:
    assert {case["check"] for case in cases()} == {*KINDS, *LEFT_OUT}
    assert {*DIFFERENCES, *CASES_LEFT_OUT} <= {case["id"] for case in cases()}
