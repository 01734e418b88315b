"""What a GitLab CI job is told: its variables, checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CIError
from atlantis_gate.frozen import field, frozen
from atlantis_gate.model import CommitRef, PullRequestRef, Run
from atlantis_gate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

# Variables: https://docs.gitlab.com/ci/variables/predefined_variables/
NAME: Final = "gitlab-ci"
HOST: Final = "gitlab"

NAME_IT: Final = "Name the merge request with --pull-request (ATLANTIS_GATE_PULL_REQUEST)."
# https://docs.gitlab.com/ci/variables/#cicd-variable-precedence
_SET_BY_GITLAB: Final = (
    "GitLab sets it, and any variable of that name overrides it: remove yours; in a container of your own, pass GitLab's on."
)
_NO_COMMIT: Final = re.compile("0+")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,18}")
_SHA: Final = re.compile(r"[0-9a-fA-F]{7,64}")
_SOURCE: Final = re.compile(r"[a-z_]{1,100}")
_URL: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._/~-]*)?")
# https://docs.gitlab.com/user/reserved_names/#rules-for-usernames-project-and-group-names-and-slugs
PROJECT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")
_KIND: Final = re.compile("detached|merged_result|merge_train")


@frozen
class Job:
    """The variables of a job; whatever is read of them is checked, and CIError names the one that is missing or wrong."""

    env: Mapping[str, str] = field(repr=False)

    def has(self, name: str) -> bool:
        """Tell whether a variable is set to anything; GitLab leaves some empty."""
        return bool(self.env.get(name))

    def text(self, name: str, pattern: re.Pattern[str]) -> str:
        """Return a variable that matches a pattern as a whole."""
        value = self.env.get(name, "")
        if not value:
            raise CIError(f"the variable {name} is not set", advice=_SET_BY_GITLAB)
        if not pattern.fullmatch(value):
            raise CIError(f"the variable {name} is {one_line(value, 100)!r}, not what GitLab CI puts there", advice=_SET_BY_GITLAB)
        return value

    def number(self, name: str) -> int:
        """Return a variable that holds a number of an issue, a merge request or a pipeline."""
        return int(self.text(name, _NUMBER))

    def sha(self, name: str) -> str:
        """Return a variable that holds a commit, in lower case."""
        return self.text(name, _SHA).lower()

    def before(self) -> str | None:
        """Return where the branch stood before a push, None where GitLab says none (40 zeros)."""
        name = "CI_COMMIT_BEFORE_SHA"
        return None if _NO_COMMIT.fullmatch(self.env.get(name) or "0") else self.sha(name)

    def source(self) -> str:
        """Return what started the pipeline."""
        return self.text("CI_PIPELINE_SOURCE", _SOURCE)

    def kind(self) -> str:
        """Return which kind of merge request pipeline this is: detached, merged_result or merge_train."""
        return self.text("CI_MERGE_REQUEST_EVENT_TYPE", _KIND)

    def server_url(self) -> str:
        """Return GitLab's web address without a trailing slash; it may have a path."""
        return self.text("CI_SERVER_URL", _URL).rstrip("/")

    def merge_request(self, project: str, number: int) -> PullRequestRef:
        """Return a merge request of this GitLab."""
        return PullRequestRef(host=HOST, server_url=self.server_url(), repo=project, number=number)

    def commit(self) -> CommitRef:
        """Return the commit of a branch pipeline in its project."""
        project = self.text("CI_PROJECT_PATH", PROJECT)
        return CommitRef(host=HOST, server_url=self.server_url(), repo=project, sha=self.sha("CI_COMMIT_SHA"))

    def run(
        self,
        target: PullRequestRef | CommitRef,
        *,
        head_sha: str | None = None,
        merge_sha: str | None = None,
        before_sha: str | None = None,
    ) -> Run:
        """Return this run with its target and the commits that are known. Another host than GitLab does not know the pipeline's number."""
        pipeline = str(self.number("CI_PIPELINE_ID"))
        return Run(
            ci=NAME,
            target=target,
            event=self.source(),
            head_sha=head_sha,
            merge_sha=merge_sha,
            before_sha=before_sha,
            run_id=pipeline if target.host == HOST else None,
            url=self.text("CI_JOB_URL", _URL),
            workspace=self.workspace(),
        )

    def unrelated(self, target: PullRequestRef) -> Run:
        """Return a run that knows nothing of its target."""
        return Run(ci=NAME, target=target, event=one_line(self.env.get("CI_PIPELINE_SOURCE", ""), 100), workspace=self.workspace())

    def workspace(self) -> str:
        """Return the folder that a checkout lies in."""
        return self.env.get("CI_PROJECT_DIR") or "."
