"""The routes of GitLab's API that the gate asks about one project; https://docs.gitlab.com/api/api_resources/."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.gitlab_session import PAGE, Question


@frozen
class Routes:
    """Questions about one project; `root` is the project's path in the API."""

    root: str

    def project(self) -> Question:
        """https://docs.gitlab.com/api/projects/#get-a-single-project."""
        return Question(self.root, "reading the project's merge settings")

    def merge_request(self, number: int) -> Question:
        """https://docs.gitlab.com/api/merge_requests/#get-single-mr."""
        return Question(f"{self._merge_request(number)}?include_diverged_commits_count=true", "reading the merge request")

    def newest(self) -> Question:
        """https://docs.gitlab.com/api/merge_requests/#list-project-merge-requests."""
        query = "state=opened&order_by=created_at&sort=desc&per_page=1"
        return Question(f"{self.root}/merge_requests?{query}", "looking for an open merge request")

    def approvals(self, number: int) -> Question:
        """https://docs.gitlab.com/api/merge_request_approvals/#get-configuration-1."""
        return Question(f"{self._merge_request(number)}/approvals", "reading the approvals")

    def diffs(self, number: int) -> Question:
        """https://docs.gitlab.com/api/merge_requests/#list-merge-request-diffs."""
        return Question(f"{self._merge_request(number)}/diffs?per_page={PAGE}", "listing the changed files")

    def changes(self, number: int) -> Question:
        """https://docs.gitlab.com/api/merge_requests/#get-single-merge-request-changes, for a GitLab before 15.7."""
        return Question(f"{self._merge_request(number)}/changes?access_raw_diffs=true", "listing the changed files")

    def notes(self, number: int) -> str:
        """https://docs.gitlab.com/api/notes/#merge-requests."""
        return f"{self._merge_request(number)}/notes"

    def branch(self, name: str) -> Question:
        """https://docs.gitlab.com/api/branches/#get-single-repository-branch."""
        return Question(f"{self.root}/repository/branches/{quote(name, safe='')}", f"reading the branch {name[:100]}")

    def commit(self, sha: str) -> Question:
        """https://docs.gitlab.com/api/commits/#get-a-single-commit."""
        return Question(f"{self._commit(sha)}", f"reading commit {sha[:12]}")

    def merged_by(self, sha: str) -> Question:
        """https://docs.gitlab.com/api/commits/#list-merge-requests-associated-with-a-commit."""
        return Question(f"{self._commit(sha)}/merge_requests?state=merged&per_page={PAGE}", "finding the merged merge request")

    def statuses(self, sha: str, project: int | None) -> Question:
        """https://docs.gitlab.com/api/commits/#list-the-statuses-of-a-commit; a fork's pipeline keeps them in the fork."""
        root = self.root if project is None else f"/projects/{project}"
        return Question(f"{root}/repository/commits/{quote(sha, safe='')}/statuses?per_page={PAGE}", "listing the commit's statuses")

    def jobs(self, pipeline: int, project: int | None, kind: str = "jobs") -> Question:
        """https://docs.gitlab.com/api/jobs/#list-pipeline-jobs and #list-pipeline-trigger-jobs (`bridges`)."""
        root = self.root if project is None else f"/projects/{project}"
        return Question(f"{root}/pipelines/{pipeline}/{kind}?per_page={PAGE}", f"listing the {kind} of pipeline {pipeline}")

    def merge_base(self, one: str, other: str) -> Question:
        """https://docs.gitlab.com/api/repositories/#get-merge-base."""
        query = urlencode({"refs[]": [one, other]}, doseq=True)
        return Question(f"{self.root}/repository/merge_base?{query}", f"comparing {one[:12]} with {other[:12]}")

    def compare(self, start: str, tip: str) -> Question:
        """https://docs.gitlab.com/api/repositories/#compare-branches-tags-or-commits; what changed on `tip` since it left `start`."""
        query = urlencode({"from": start, "to": tip, "straight": "false"})
        return Question(f"{self.root}/repository/compare?{query}", f"comparing {start[:12]} with {tip[:12]}")

    def file(self, path: str, sha: str) -> Question:
        """https://docs.gitlab.com/api/repository_files/#get-file-from-repository."""
        query = urlencode({"ref": sha})
        return Question(f"{self.root}/repository/files/{quote(path, safe='')}?{query}", f"reading {path[:200]}")

    def tree(self, sha: str, token: str) -> Question:
        """https://docs.gitlab.com/api/repositories/#list-repository-tree; `token` is where the page begins."""
        given = {"ref": sha, "recursive": "true", "pagination": "keyset", "per_page": PAGE, **({"page_token": token} if token else {})}
        return Question(f"{self.root}/repository/tree?{urlencode(given)}", "listing the repository's files")

    def set_status(self, sha: str) -> str:
        """https://docs.gitlab.com/api/commits/#set-commit-pipeline-status."""
        return f"{self.root}/statuses/{quote(sha, safe='')}"

    def _merge_request(self, number: int) -> str:
        return f"{self.root}/merge_requests/{number}"

    def _commit(self, sha: str) -> str:
        return f"{self.root}/repository/commits/{quote(sha, safe='')}"
