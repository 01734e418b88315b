"""Code Insights on Bitbucket Data Center: a report on a commit, with annotations on lines of its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.hosts.bitbucket_data_center_rest import READ

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.decisions import Annotation, Insight
    from atlantis_gate.hosts.bitbucket_data_center_rest import Rest

# https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-builds-and-deployments/#api-insights-latest-projects-projectkey-repos-repositoryslug-commits-commitid-reports-key-put
_TITLE_LIMIT: Final = 450
_TEXT_LIMIT: Final = 2_000
_MOST: Final = 1_000
_SEVERITIES: Final[Mapping[str, str]] = {"error": "HIGH", "warning": "MEDIUM", "notice": "LOW"}


def publish_report(rest: Rest, sha: str, insight: Insight) -> None:
    """Make or replace a report and its annotations. Raises HostError or CredentialError where that is not accepted.

    Bitbucket adds annotations to those that are there, so the earlier ones are taken away first.
    """
    path = f"commits/{quote(sha, safe='')}/reports/{quote(insight.key, safe='')}"
    url = rest.url(path, "insights/latest")
    body = {
        "title": insight.title[:_TITLE_LIMIT],
        "details": insight.details[:_TEXT_LIMIT],
        "reporter": "atlantis-gate",
        **({} if insight.passed is None else {"result": "PASS" if insight.passed else "FAIL"}),
        **({"link": insight.url} if insight.url else {}),
    }
    rest.write("PUT", url, body, "writing the Code Insights report", READ, repeat=True)
    rest.write("DELETE", f"{url}/annotations", None, "clearing annotations", READ, repeat=True)
    items = [_annotation(insight.key, number, item) for number, item in enumerate(insight.annotations[:_MOST], 1)]
    if items:
        rest.write("POST", f"{url}/annotations", {"annotations": items}, "writing annotations", READ, repeat=False)


def _annotation(key: str, number: int, item: Annotation) -> dict[str, object]:
    place: dict[str, object] = {"path": item.file, "line": max(item.line, 0)} if item.file else {}
    text = ": ".join(filter(None, (item.title, item.text)))
    return {"externalId": f"{key}-{number}", "type": "BUG", "severity": _SEVERITIES[item.level], "message": text[:_TEXT_LIMIT], **place}
