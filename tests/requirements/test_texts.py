"""What people read of every way a rule or a refusal can come out, in a golden file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.errors import UsageError
from atlantis_gate.model import (
    Approval,
    Approvals,
    Blocker,
    BlockerKind,
    Divergence,
    Facts,
    Mergeability,
    Origin,
    PullRequest,
    State,
    Unknown,
)
from atlantis_gate.requirements import Case, decide, refusal
from atlantis_gate.requirements.mergeable import Bypass
from builders import BASE, START, facts, project, pull

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from atlantis_gate.decisions import Finding, Refusal

GOLDEN = Path(__file__).parent / "goldens" / "texts.txt"
UNREADABLE = Unknown("the token may not read it")
ALICE = Approval("alice", "a" * 40)
CHECK = Blocker("check", "ci/build", "required check ci/build failed")
OWN = Blocker("check", "gate", "required check gate is running", own=True)
ATLANTIS = Blocker("check", "atlantis/apply", "required check atlantis/apply is pending")


def approvals(*by: Approval, still_required: int = 0, author: str = "bob") -> Facts:
    return facts(pull_request=pull(author=author), approvals=Approvals(by, still_required))


def blockers(*given: Blocker, **changes: object) -> Facts:
    return facts(pull_request=pull(**changes), mergeability=Mergeability(given))


def moved(*files: str) -> Facts:
    return facts(divergence=Divergence(BASE, START, files))


def kind(name: BlockerKind) -> Facts:
    return blockers(Blocker(name, f"{name} 1", ""), Blocker(name, f"{name} 2", "in its own words"))


FINDINGS: Mapping[str, Facts] = {
    "approved: somebody else approves": approvals(ALICE, Approval("carol"), Approval("bob")),
    "approved: nobody approves": approvals(),
    "approved: the author alone approves": approvals(Approval("Bob")),
    "approved: one more is required": approvals(ALICE, still_required=1),
    "approved: more are required": approvals(ALICE, still_required=2),
    "approved: the author is not known": approvals(ALICE, author=""),
    "approved: approvals are not known": facts(approvals=UNREADABLE),
    "mergeable: nothing blocks": blockers(),
    "mergeable: merged": blockers(CHECK, state=State.MERGED),
    "mergeable: not known": facts(mergeability=UNREADABLE),
    "mergeable: not known, and a draft": facts(mergeability=UNREADABLE, pull_request=pull(draft=True)),
    "mergeable: closed, and a draft": blockers(state=State.CLOSED, draft=True),
    "mergeable: only what is ignored blocks": blockers(OWN, ATLANTIS),
    "mergeable: a check blocks beside what is ignored": blockers(OWN, CHECK, ATLANTIS),
    "mergeable: conflict": kind("conflict"),
    "mergeable: behind": kind("behind"),
    "mergeable: review": kind("review"),
    "mergeable: check": kind("check"),
    "mergeable: discussion": kind("discussion"),
    "mergeable: policy": kind("policy"),
    "mergeable: veto": kind("veto"),
    "mergeable: other": kind("other"),
    "undiverged: not moved": moved(),
    "undiverged: a file that does not concern it": moved("docs/index.md"),
    "undiverged: files that do not concern it": moved("docs/index.md", "docs/usage.md"),
    "undiverged: a file that concerns it": moved("docs/index.md", "staging/main.tf"),
    "undiverged: files that concern it": moved(*(f"staging/{number}.tf" for number in range(12))),
    "undiverged: not known": facts(divergence=UNREADABLE),
    "policies_passed: asked for": facts(),
    "no_such: asked for": facts(),
}


def found(name: str, given: Facts) -> Finding:
    one = project("staging", name)
    diverged = (
        {} if isinstance(given.divergence, Unknown) else {one.key: tuple(file for file in given.divergence.files if "staging" in file)}
    )
    (decision,) = decide([one], Case(command="apply", facts=given, bypass=Bypass(enabled=True), diverged=diverged))
    assert decision.project == one
    return decision.findings[0]


def lines(title: str, given: Facts) -> Iterator[str]:
    finding = found(title.partition(":")[0], given)
    yield f"== {title}"
    yield f"{finding.requirement.name} ({finding.requirement.origin}) is {finding.verdict.value}: {finding.reason}"
    yield from (f"  {text}" for text in finding.evidence)
    yield f"  -> {finding.advice}" if finding.advice else "  (no advice)"


OTHER_HEAD = "9876543210" * 4
REFUSALS: Mapping[str, Callable[[PullRequest], Refusal | None]] = {
    "closed": refusal.closed,
    "moved head": lambda one: refusal.moved_head(one, OTHER_HEAD),
    "fork": lambda one: refusal.fork(one, allowed=False),
    "branch": lambda one: refusal.branch(one, Origin(file="repos.yaml", line=4, key="branch")),
    "allowlist": lambda one: refusal.allowlist(one.ref.repo_id, ["github.com/other/*"]),
}


def refused(title: str) -> Iterator[str]:
    one = REFUSALS[title](pull(state=State.CLOSED, fork=True, head_sha="0123456789" * 4))
    assert one is not None
    yield f"== {title}"
    yield f"refused ({one.kind}): {one.reason}"
    yield f"  -> {one.advice}"


def usage() -> Iterator[str]:
    with pytest.raises(UsageError) as caught:
        refusal.repo_allowed("github.com/acme/infra", ["github.com/*", "https://github.com/acme/*"])
    yield "== a rule with a scheme"
    yield caught.value.message
    yield f"  -> {caught.value.advice}"


def test_every_text_is_as_people_have_read_and_agreed_to_it(golden: Callable[[Path, str], None]) -> None:
    text = [*(line for title, given in FINDINGS.items() for line in lines(title, given))]
    text += [line for title in REFUSALS for line in refused(title)]
    golden(GOLDEN, "\n".join([*text, *usage(), ""]))
