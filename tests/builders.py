"""Builders of the nouns with sane defaults, for tests that care about one field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from atlantis_gate.decisions import Decision, Finding, Report
from atlantis_gate.model import (
    Approval,
    Approvals,
    Divergence,
    Facts,
    Mergeability,
    Origin,
    Project,
    PullRequest,
    PullRequestRef,
    Requirement,
    State,
    Verdict,
)

HEAD = "1" * 40
BASE = "2" * 40
START = "3" * 40
REF = PullRequestRef(host="github", server_url="https://github.com", repo="acme/infra", number=7)
PULL = PullRequest(
    ref=REF,
    url="https://github.com/acme/infra/pull/7",
    author="bob",
    state=State.OPEN,
    draft=False,
    fork=False,
    head_sha=HEAD,
    head_branch="feature",
    base_sha=BASE,
    base_branch="main",
)
FACTS = Facts(
    pull_request=PULL,
    changed_files=("staging/main.tf",),
    approvals=Approvals((Approval("alice", HEAD),)),
    mergeability=Mergeability(()),
    divergence=Divergence(BASE, START, ()),
)


def pull(**changes: Any) -> PullRequest:
    """Return an open pull request number 7 of acme/infra by bob, changed as asked."""
    return replace(PULL, **changes)


def facts(**changes: Any) -> Facts:
    """Return facts that meet every requirement, changed as asked."""
    return replace(FACTS, **changes)


def requirement(name: str, file: str = "repos.yaml", line: int = 3) -> Requirement:
    """Return a requirement written in a line of repos.yaml."""
    return Requirement(name, Origin(file=file, line=line, key="apply_requirements"))


def project(directory: str = "staging", *names: str, **changes: Any) -> Project:
    """Return a configured project with apply requirements of these names."""
    requirements = {"plan": (), "apply": tuple(map(requirement, names)), "import": ()}
    default = Project(dir=directory, workspace="default", requirements=requirements, when_modified=("**/*.tf*",), configured=True)
    return replace(default, **changes)


def finding(name: str, verdict: Verdict, reason: str = "because", **changes: Any) -> Finding:
    """Return a finding on a requirement of this name."""
    return replace(Finding(requirement(name), verdict, reason), **changes)


def report(*decisions: Decision, **changes: Any) -> Report:
    """Return the report of an apply run."""
    return replace(Report(command="apply", pull_request=PULL, decisions=decisions), **changes)
