"""What reads texts of others, each as a function of bytes: whatever comes, nothing but the program's own errors is raised."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from atlantis_gate import checkout, config, doublestar, plain, selection, verification
from atlantis_gate.ci import explicit, gitea_actions, github_actions, web_addresses
from atlantis_gate.config import Flags, Source
from atlantis_gate.errors import GateError
from atlantis_gate.hosts import HOSTS, gitea_patterns, recorded, run_pages
from atlantis_gate.regex import RegexError, compile_regex
from atlantis_gate.report.comment import comment
from atlantis_gate.report.document import document
from atlantis_gate.report.junit import junit
from atlantis_gate.report.summary import summary
from atlantis_gate.selection import ListingTree, hcl
from atlantis_gate.selection.patterns import PatternError, compiled, parse
from report.hostile import obeyed
from report.reports import hostile
from security.fuzz_hosts import answers

if TYPE_CHECKING:
    from collections.abc import Callable

_TREE: Final = ListingTree(["prod/main.tf", "modules/vpc/main.tf", "a b/x.tf", "é/y.tf"])
_SERVERS: Final = (
    config.load_server(None, Flags()),
    config.load_server(
        Source(
            "repos.yaml",
            b"repos:\n- id: /.*/\n  allow_custom_workflows: true\n  allowed_overrides: [apply_requirements, plan_requirements,"
            b" import_requirements, workflow, delete_source_branch_on_merge, repo_locking, repo_locks, policy_check, custom_policy_check,"
            b" silence_pr_comments]\n",
        ),
        Flags(),
    ),
)
_REPO: Final = "github.com/acme/infra"
_NOW: Final = document(hostile("x"))
_EVENTS: Final = (
    "pull_request",
    "pull_request_target",
    "push",
    "issue_comment",
    "merge_group",
    "workflow_run",
    "workflow_dispatch",
    "repository_dispatch",
)


def text_of(data: bytes) -> str:
    """Return bytes as a text; what is no UTF-8 becomes lone surrogates, as in paths and environments."""
    return data.decode("utf-8", "surrogateescape")


def repo_config(data: bytes) -> None:
    """Load atlantis.yaml against two server configs, and select by it."""
    for server in _SERVERS:
        with suppress(GateError):
            loaded = config.load_repo(Source("atlantis.yaml", data), server, _REPO, "main", _TREE)
            projects = config.projects(server, loaded, _REPO, Flags())
            scope = selection.Scope(tree=_TREE, discovery=config.discovery(server, loaded, _REPO, Flags()), file_list=("**/*.tf",))
            selection.touched(projects, ("prod/main.tf", "modules/vpc/main.tf", "gone/x.tf"), scope)
            config.judged_by_both(projects, ())


def server_config(data: bytes) -> None:
    """Load repos.yaml, and its JSON form."""
    for json_form in (False, True):
        with suppress(GateError):
            server = config.load_server(Source("repos.yaml", data), Flags(), json=json_form)
            config.repo_config_file(server, _REPO)
            config.branch_refusal(server, _REPO, "main")
            config.default_project(server, _REPO, Flags(), dir="prod", workspace="default")


def patterns(data: bytes) -> None:
    """Match a path by a glob, a `when_modified` pattern, a regular expression and one of Gitea's patterns."""
    pattern, _, path = text_of(data).partition("\n")
    if doublestar.valid(pattern):
        doublestar.matches(pattern, path)
    doublestar.has_glob(pattern)
    with suppress(PatternError):
        parse([pattern])
    compiled(pattern)
    with suppress(RegexError):
        compile_regex(pattern).search(path)
    gitea = gitea_patterns.compile_pattern(pattern, "/")
    if gitea is not None:
        gitea.matches(path)


def events(data: bytes) -> None:
    """Read an event file of GitHub's and Gitea's runners; the first byte chooses the event."""
    env = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": _EVENTS[data[0] % len(_EVENTS)] if data else "pull_request",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/infra",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SHA": "1" * 40,
        "GITHUB_RUN_ID": "1",
    }
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:  # noqa: S108 - memory, where there is some
        path = Path(folder, "event.json")
        path.write_bytes(data[1:])
        for ci in (github_actions, gitea_actions):
            with suppress(GateError):
                ci.read({**env, "GITHUB_EVENT_PATH": str(path)}, None)


def facts(data: bytes) -> None:
    """Read a facts document."""
    with suppress(GateError):
        recorded.load(data, "facts.json")


def decisions(data: bytes) -> None:
    """Read a decision document and hold the present against it."""
    with suppress(GateError):
        decided = verification.read(data, "decision.json")
        for said in verification.moved(decided, _NOW):
            assert obeyed(said) is None


def shown(data: bytes) -> None:
    """Make a text harmless in every form."""
    text = text_of(data)
    for form in (plain.one_line(text), plain.one_line(text, 20), plain.block(text), plain.markdown(text), plain.json_text(text)):
        assert obeyed(form) is None, form
    assert json.loads(plain.json_text({"a": text}, 2)) == {"a": text}


def rendered(data: bytes) -> None:
    """Render a report that holds a text wherever one may be."""
    for render in (summary, comment, junit):
        assert obeyed(render(hostile(text_of(data)))) is None


def modules(data: bytes) -> None:
    """Read a Terraform file in both syntaxes."""
    for name in ("main.tf", "main.tf.json"):
        hcl.parse(name, data, "module")


def addresses(data: bytes) -> None:
    """Read web addresses, remotes, repositories and links."""
    text = text_of(data)
    web_addresses.pull_request(text)
    web_addresses.remote(text)
    web_addresses.server(text)
    one, _, other = text.partition("\n")
    run_pages.same_run(one, other)
    run_pages.same_run("https://dev.azure.com/acme/_build/results?buildId=1", text)
    servers = {kind: (entry.server, entry.hostname_variable) for kind, entry in HOSTS.items()}
    for kind in ("", *HOSTS):
        with suppress(GateError):
            explicit.reference({}, servers, host=kind, host_url=one, repo=other or "a/b", number="1")
    checkout.name_inside(Path("/repo"), Path("/repo", text.replace("\0", "")))


_ALL: Final = (repo_config, server_config, patterns, events, facts, decisions, shown, rendered, modules, addresses, answers)
TARGETS: Final[dict[str, Callable[[bytes], None]]] = {made.__name__: made for made in _ALL}
