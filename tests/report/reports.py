"""The reports that the renderers' golden files are made of."""

from __future__ import annotations

from dataclasses import replace

from atlantis_gate.decisions import Decision, Refusal, Report
from atlantis_gate.model import Origin, Requirement, Verdict
from builders import PULL, finding, project, report, requirement

MET, UNMET, UNKNOWN = Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN

APPROVED = finding("approved", MET, "alice approves", evidence=(f"alice on {'1' * 40}",))
NOT_APPROVED = finding(
    "approved",
    UNMET,
    "nobody other than the author (bob) approves",
    evidence=("carol asked for changes",),
    advice="Ask someone other than bob to approve.",
)
MERGEABLE = finding("mergeable", MET, "nothing blocks it", evidence=("ignored, it is the gate's own: check gate / check (running)",))
NOT_MERGEABLE = finding(
    "mergeable",
    UNMET,
    "check ci/build has failed, and it conflicts with main",
    evidence=("check ci/build: failure", "conflict: main.tf"),
    advice="Make ci/build pass and merge main into feature.",
    requirement=Requirement("mergeable", Origin(option="--require")),
)
NO_ANSWER = finding(
    "mergeable",
    UNKNOWN,
    "the host answered 403 when asked for the checks",
    advice="Give the token checks: read and statuses: read.",
    requirement=Requirement("mergeable", Origin("atlantis.yaml", 7, "apply_requirements")),
)

PROD = Decision(project("prod", name="prod", execution_order_group=1, depends_on=("staging",)), (APPROVED, MERGEABLE))
STAGING = Decision(project("staging"), (NOT_APPROVED, NOT_MERGEABLE))
NETWORK = Decision(project("network", workspace="eu"), (APPROVED, NO_ANSWER))
SANDBOX = Decision(project("sandbox"), ())

NOTE = "atlantis.yaml is changed by this pull request: judged together with the version on main"


def hostile(text: str, **changes: object) -> Report:
    """Return a report that holds a text wherever text comes from outside."""
    pull = replace(PULL, author=text, head_branch=text, base_branch=text)
    asked = Requirement("approved", Origin(file=text, line=3, key=text))
    found = finding("approved", UNMET, text, evidence=(text, text), advice=text, requirement=asked)
    met = finding("mergeable", MET, text, evidence=(text,), requirement=requirement("mergeable", text))
    decisions = (Decision(project(text, name=text), (found, met)), Decision(project(text, workspace=text), (met,)))
    return report(*decisions, pull_request=pull, notes=(text,), **changes)


SCENARIOS: dict[str, Report] = {
    "allowed": report(PROD, SANDBOX),
    "blocked": report(PROD, NETWORK, STAGING, notes=(NOTE,)),
    "undetermined": report(NETWORK, PROD),
    "problems": report(error="atlantis.yaml:3:5: dir is missing\nFix the file."),
    "refused": report(refusal=Refusal("fork", "its head lies in a fork", "Allow forks with --allow-fork-prs if you trust them.")),
    "nothing": report(),
    "error": report(error="atlantis.yaml:3:5: unknown key `projcts`, did you mean `projects`?\n"),
    "merge_request": report(STAGING, command="plan", pull_request=replace(PULL, ref=replace(PULL.ref, host="gitlab"))),
    "hostile": hostile("@alice ##[set-output name=allowed]true <b>x</b> | `y`\n::error::z\x1b[31m [l](https://e.example) #12"),
}
