"""Code Insights on Bitbucket Cloud: a report on a commit, with annotations on lines of its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.hosts.bitbucket_cloud_rest import READ_REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.decisions import Annotation, Insight
    from atlantis_gate.hosts.bitbucket_cloud_rest import Rest

# https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/#api-repositories-workspace-repo-slug-commit-commit-reports-reportid-put
_TITLE_LIMIT: Final = 255
_DETAILS_LIMIT: Final = 2_000
# More is answered 400: https://github.com/reviewdog/reviewdog/issues/1285
_SUMMARY_LIMIT: Final = 450
_MOST: Final = 1_000
_AT_ONCE: Final = 100
_SEVERITIES: Final[Mapping[str, str]] = {"error": "HIGH", "warning": "MEDIUM", "notice": "LOW"}


def publish_report(rest: Rest, sha: str, insight: Insight) -> None:
    """Make or replace a report and add its annotations. Raises HostError or CredentialError where that is not accepted."""
    url = rest.url(f"commit/{quote(sha, safe='')}/reports/{quote(insight.key, safe='')}")
    body = {
        "title": insight.title[:_TITLE_LIMIT],
        "details": insight.details[:_DETAILS_LIMIT],
        "report_type": "TEST",
        "reporter": "atlantis-gate",
        "result": "PENDING" if insight.passed is None else "PASSED" if insight.passed else "FAILED",
        **({"link": insight.url} if insight.url else {}),
    }
    rest.write("PUT", url, body, "writing the Code Insights report", READ_REPOSITORY, repeat=True)
    items = [_annotation(insight.key, number, item) for number, item in enumerate(insight.annotations[:_MOST], 1)]
    for start in range(0, len(items), _AT_ONCE):
        # An annotation replaces the one of the same id, so that sending them twice does no harm.
        rest.write("POST", f"{url}/annotations", items[start : start + _AT_ONCE], "writing annotations", READ_REPOSITORY, repeat=True)


def _annotation(key: str, number: int, item: Annotation) -> dict[str, object]:
    place: dict[str, object] = {"path": item.file} if item.file else {}
    if item.file and item.line > 0:
        place["line"] = item.line
    return {
        "external_id": f"{key}-{number}",
        "annotation_type": "BUG",
        "severity": _SEVERITIES[item.level],
        "summary": (item.title or item.text)[:_SUMMARY_LIMIT],
        "details": item.text[:_DETAILS_LIMIT],
        **place,
    }
