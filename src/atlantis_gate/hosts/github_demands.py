"""What the base branch asks for before anything is merged: its branch protection and its active rulesets, as one list of demands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.hosts.github_answer import Node

# Rules that a merge through a pull request does not run into.
# https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets
_HARMLESS: Final = frozenset(
    {
        "BRANCH_NAME_PATTERN",
        "CREATION",
        "DELETION",
        "MERGE_QUEUE",
        "NON_FAST_FORWARD",
        "REQUIRED_LINEAR_HISTORY",
        "TAG_NAME_PATTERN",
    }
)


@frozen
class RequiredCheck:
    """A check that must pass; `app` is the database id of the only GitHub App whose check counts, None for any."""

    name: str
    app: int | None = None


@frozen
class RequiredWorkflow:
    """A workflow file that must have run and passed: its path, its repository's database id, the commit it is pinned to."""

    path: str
    repository_id: int
    sha: str | None = None


@frozen(kw_only=True)
class Demands:
    """All that is asked for; `opaque`: rules that the gate cannot evaluate, `on_trial`: checks and workflows of rulesets that only try."""

    checks: tuple[RequiredCheck, ...] = ()
    workflows: tuple[RequiredWorkflow, ...] = ()
    approvals: int = 0
    code_owners: bool = False
    last_push: bool = False
    conversations: bool = False
    signatures: bool = False
    up_to_date: bool = False
    locked: bool = False
    opaque: tuple[str, ...] = ()
    on_trial: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Collected:
    """Demands while they are being collected."""

    checks: list[RequiredCheck] = field(default_factory=list)
    workflows: list[RequiredWorkflow] = field(default_factory=list)
    opaque: list[str] = field(default_factory=list)
    approvals: int = 0
    code_owners: bool = False
    last_push: bool = False
    conversations: bool = False
    signatures: bool = False
    up_to_date: bool = False
    locked: bool = False


def demands(protection: Node | None, administration: Node | None, rules: Iterable[Node]) -> Demands:
    """Collect what a branch asks for: its protection as everybody and as administrators see it, and its rules that are enforced."""
    found, tried = _Collected(), _Collected()
    if protection is not None:
        _protection(found, protection)
    if administration is not None:
        _administration(found, administration)
    for rule in rules:
        ruleset = rule.maybe_node("repositoryRuleset")
        enforced = ruleset is None or ruleset.text("enforcement") == "ACTIVE"
        _rule(found if enforced else tried, rule, ruleset.text("name") if ruleset else "")
    return Demands(
        checks=tuple(dict.fromkeys(found.checks)),
        workflows=tuple(dict.fromkeys(found.workflows)),
        approvals=found.approvals,
        code_owners=found.code_owners,
        last_push=found.last_push,
        conversations=found.conversations,
        signatures=found.signatures,
        up_to_date=found.up_to_date,
        locked=found.locked,
        opaque=tuple(dict.fromkeys(found.opaque)),
        on_trial=frozenset((*(item.name for item in tried.checks), *(item.path for item in tried.workflows))),
    )


def _protection(found: _Collected, protection: Node) -> None:
    """Add branch protection as those without admin rights see it; https://docs.github.com/en/graphql/reference/objects#refupdaterule."""
    found.checks += [RequiredCheck(name) for name in protection.texts("requiredStatusCheckContexts")]
    found.approvals = max(found.approvals, protection.maybe_number("requiredApprovingReviewCount") or 0)
    found.code_owners |= protection.flag("requiresCodeOwnerReviews")
    found.signatures |= protection.flag("requiresSignatures")
    if "requiresConversationResolution" in protection.fields:
        found.conversations |= protection.flag("requiresConversationResolution")


def _administration(found: _Collected, protection: Node) -> None:
    """Add what only administrators see; https://docs.github.com/en/graphql/reference/objects#branchprotectionrule."""
    found.up_to_date |= protection.flag("requiresStrictStatusChecks")
    found.locked |= protection.flag("lockBranch")
    found.opaque += [f"deployment to {name}" for name in protection.texts("requiredDeploymentEnvironments")]


def _rule(found: _Collected, rule: Node, ruleset: str) -> None:
    kind = rule.text("type")
    parameters = rule.maybe_node("parameters")
    if kind == "REQUIRED_SIGNATURES":
        found.signatures = True
    elif kind == "LOCK_BRANCH":
        found.locked = True
    elif kind in {"REQUIRED_STATUS_CHECKS", "PULL_REQUEST", "WORKFLOWS"} and parameters is not None:
        {"REQUIRED_STATUS_CHECKS": _checks, "PULL_REQUEST": _pull_request, "WORKFLOWS": _workflows}[kind](found, parameters)
    elif kind not in _HARMLESS:
        found.opaque.append(f"{kind.replace('_', ' ').lower()}{f' of ruleset {ruleset}' if ruleset else ''}")


def _checks(found: _Collected, parameters: Node) -> None:
    found.up_to_date |= parameters.flag("strictRequiredStatusChecksPolicy")
    found.checks += [
        RequiredCheck(item.text("context"), item.maybe_number("integrationId")) for item in parameters.nodes("requiredStatusChecks")
    ]


def _pull_request(found: _Collected, parameters: Node) -> None:
    found.approvals = max(found.approvals, parameters.number("requiredApprovingReviewCount"))
    found.code_owners |= parameters.flag("requireCodeOwnerReview")
    found.last_push |= parameters.flag("requireLastPushApproval")
    found.conversations |= parameters.flag("requiredReviewThreadResolution")


def _workflows(found: _Collected, parameters: Node) -> None:
    if "workflows" not in parameters.fields:
        found.opaque.append("workflows")
        return
    items = parameters.nodes("workflows")
    found.workflows += [RequiredWorkflow(item.text("path"), item.number("repositoryId"), item.maybe_text("sha")) for item in items]
