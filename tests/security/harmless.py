"""What may be in the outputs of a run that shows texts of others, read as CIs, Markdown and hosts read them."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt

from ci import azure_pipelines_agent, github_runner
from report.hostile import obeyed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from markdown_it.token import Token
    from requests import PreparedRequest

# What the gate itself prints as commands, as lines of their own.
_GITHUB = re.compile(r"::(?:error|warning)(?: [a-z]+=[^\n]*)?::[^\n]*|::group::[^\n]*|::endgroup::")
_AZURE = re.compile(
    r"##vso\[task\.(?:logissue type=(?:error|warning)[^\]\n]*|uploadsummary|setvariable variable=[a-z_]+;isOutput=true;isreadonly=true)\]"
    r"[^\n]*"
)
_AZURE_GROUP = re.compile(r"##\[group\][^\n]*|##\[endgroup\]")
_GITLAB = re.compile(r"\x1b\[0Ksection_(?:start|end):1:atlantis_gate_details(?:\[collapsed=true\])?\r\x1b\[0K")
_COLOR = re.compile(r"\x1b\[(?:0|1|[0-9;]{2,4})m")
_BUILDKITE = re.compile(r"~~~ \d+ projects? that may [a-z]+, with the evidence")
_OWN = {
    "github-actions": (_GITHUB,),
    "gitea-actions": (_GITHUB,),
    "azure-pipelines": (_AZURE, _AZURE_GROUP),
    "buildkite": (_BUILDKITE,),
}
_HTML = {
    "<details>",
    "<details open>",
    "</details>",
    "<summary>",
    "</summary>",
    "<b>",
    "</b>",
    "<code>",
    "</code>",
    "<!-- atlantis-gate:apply -->",
}
# https://github.com/gjtorikian/html-pipeline/blob/main/lib/html_pipeline/node_filter/mention_filter.rb
_NOTIFIES = re.compile(r"(?:^|\W)[@!][\w{]|://\w", re.MULTILINE)
# Hosts look for these in the source.
_BARE = re.compile(r"\bwww\.\w|^\s*/\w", re.IGNORECASE | re.MULTILINE)
# How the gate names the pull request on GitLab.
_OWN_REFERENCE = "acme/infra !7"
_STATES = {"failure", "error", "failed", "FAILED", "warning", "FAIL"}
_PARSER = MarkdownIt("gfm-like", {"linkify": True, "html": True})
# GitHub's autolinks begin with a scheme or `www.`, or are mail addresses: https://github.github.com/gfm/#autolinks-extension-
assert _PARSER.linkify is not None
_PARSER.linkify.set({"fuzzy_link": False})


def commands(ci: str, printed: str) -> list[str]:
    """Return the names of all commands that a CI obeys among the lines of a step."""
    if ci == "azure-pipelines":
        return [command.name for command in azure_pipelines_agent.commands(printed)]
    return [command.name for command in github_runner.commands(printed)] if ci in {"github-actions", "gitea-actions"} else []


def strange_line(ci: str, printed: str) -> str | None:
    """Return the first line, besides the gate's own commands, that some CI would obey or a terminal would take for more than text."""
    printed = _GITLAB.sub("", printed) if ci == "gitlab-ci" else printed
    lines = [line for line in printed.split("\n") if not any(own.fullmatch(line) for own in _OWN.get(ci, ()))]
    return obeyed("\n".join(_COLOR.sub("", line) for line in lines))


def markup(text: str, own: str) -> list[str]:
    """Return what in a Markdown text is a link (but to `own`), an image, a mention, or HTML that the gate does not write."""
    found: list[str] = _BARE.findall(text)
    for token in _tokens(text):
        if token.type.startswith("html"):
            found += [tag for tag in re.findall(r"<[^>]*>?", token.content) if tag not in _HTML]
        if token.type == "link_open" and token.attrs.get("href") != own:
            found.append(f"link {token.attrs.get('href')}")
        if token.type in {"image", "fence", "code_block", "code_inline"}:
            found.append(token.type)
        if token.type == "text" and _NOTIFIES.search(token.content.removeprefix(_OWN_REFERENCE)):
            found.append(f"mention or link in {token.content}")
    return found


@lru_cache(maxsize=2_000)
def _tokens(text: str) -> tuple[Token, ...]:
    """Return all tokens of a text; most CIs are told the same, and parsing takes half the time of a run."""
    return tuple(part for token in _PARSER.parse(text) for part in (token, *(token.children or ())))


def posted(request: PreparedRequest) -> Iterator[tuple[str, str]]:
    """Yield each text in the body of a request, with its field's name."""
    body = json.loads(request.body) if request.body else None
    yield from _texts("", body)


def _texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(key, each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(name, each)
    elif isinstance(value, str):
        yield name, value


def is_comment(text: str) -> bool:
    """Tell whether a posted text is the comment, which may have lines; all others are one line."""
    return text.startswith("<!-- atlantis-gate:")


def is_good(name: str, text: str) -> bool:
    """Tell whether a posted field says that the gate is open."""
    return name in {"state", "result", "status"} and text.casefold() in {"success", "successful", "succeeded", "passed", "pass"}


def outputs_agree(outputs: Mapping[str, str], decision: Any) -> None:
    """Check outputs against the decision document: every value is what the gate decided."""
    if not outputs:
        return
    assert outputs["outcome"] == decision["outcome"]
    assert outputs["allowed"] == ("true" if decision["outcome"] == "allowed" else "false")
    assert (outputs["head-sha"], outputs["base-sha"]) == (decision["pull_request"]["head_sha"], decision["pull_request"]["base_sha"])
    if "projects" in outputs:
        told = [{key: project[key] for key in ("id", "name", "dir", "workspace")} for project in decision["projects"]]
        states = [project["outcome"] == "allowed" for project in decision["projects"]]
        assert json.loads(outputs["projects"]) == [project for project, fine in zip(told, states, strict=True) if fine]
        assert json.loads(outputs["blocked-projects"]) == [project for project, fine in zip(told, states, strict=True) if not fine]


def written(folder: Path) -> dict[str, str]:
    """Return the files of a run by their names: summaries, reports, the decision."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.suffix in {".md", ".xml", ".json"}}


def is_xml(text: str) -> bool:
    """Tell whether a text is well-formed XML whose root is a JUnit report."""
    return ET.fromstring(text).tag == "testsuites"
