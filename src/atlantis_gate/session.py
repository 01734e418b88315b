"""Opening a run: which pull request it is about, on which host, and with which files at hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate import checkout, ci, config, hosts, selecting, selection, sources
from atlantis_gate.ci import explicit
from atlantis_gate.deadline import Deadline
from atlantis_gate.errors import CIError, ConfigError, UsageError
from atlantis_gate.hosts import HOSTS, Connection, recorded
from atlantis_gate.model import CommitRef, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from atlantis_gate.arguments import Settings
    from atlantis_gate.ci import CI
    from atlantis_gate.hosts import Host
    from atlantis_gate.model import PullRequest
    from atlantis_gate.sources import ServerFile
    from atlantis_gate.tree import Tree

_DEFAULT_CONFIG: Final = "atlantis.yaml"


@dataclass(frozen=True, kw_only=True)
class Session:
    """What one evaluation works with: settings, the run, an open host, the checkout's folder, and who is told of warnings."""

    settings: Settings
    run: Run
    host: Host
    root: Path
    server_file: ServerFile
    tell: Callable[[str], None]
    recorded: bool = False

    def tree(self, pull: PullRequest, expected: Sequence[str]) -> Tree:
        """Return the files of the pull request: the checkout where it holds them, else the host's listing at the head.

        `expected` are paths of which a checkout of the pull request holds at least one.
        """
        if self.holds_head(pull, expected):
            return selection.CheckoutTree(self.root)
        self.tell(f"{self.root} is not a checkout of the pull request: its files are read from the host")
        return selection.ListingTree(self.host.files(pull.head_sha), lambda path: self.host.file(path, pull.head_sha))

    def behind_link(self, path: str | None) -> str | None:
        """Return the path in the checkout that `path` leads to through links, None where it leads out of it or is not there."""
        return None if path is None else checkout.path_inside(self.root, self.root / path)

    def holds_head(self, pull: PullRequest, expected: Sequence[str]) -> bool:
        """Tell whether the checkout holds the pull request's files; beside recorded facts it is taken as it is."""
        return self.recorded or checkout.holds(self.root, selection.CheckoutTree(self.root), pull, self.run, expected)


def identify(settings: Settings, env: Mapping[str, str], found: CI | None) -> Run:
    """Return the run: from the CI, or from options alone. Raises CIError when neither names a pull request."""
    servers = {kind: (entry.server, entry.hostname_variable) for kind, entry in HOSTS.items()}
    named = explicit.reference(
        env, servers, host=settings.host, host_url=settings.host_url, repo=settings.repo, number=settings.pull_request
    )
    if found is not None:
        run = found.read(env, named)
    elif named is None or not named.host:
        raise CIError(
            f"no CI that the gate knows was found: none of the variables {', '.join(ci.MARKERS)} says so",
            advice="Name the pull request: --host, --repo and --pull-request.",
        )
    else:
        run = Run(ci="", target=named)
    return replace(run, head_sha=settings.head_sha) if settings.head_sha else run


def open_session(settings: Settings, env: Mapping[str, str], tell: Callable[[str], None]) -> Session:
    """Open the host of the run, or the recorded facts in its place."""
    found = ci.detect(env)
    if settings.facts:
        return _replay(settings, env, found, tell)
    run = identify(settings, env, found)
    root = root_of(settings, run.workspace)
    server_file = sources.server_file(settings, root)
    connection = Connection(
        server_url=run.target.server_url,
        repo=run.target.repo,
        env=env,
        deadline=Deadline(settings.timeout, tell),
        run=run,
        config_path=_config_path(settings, run, server_file),
        status_name=settings.status_name,
    )
    host = hosts.connect(run.target.host, connection)
    return Session(settings=settings, run=run, host=host, root=root, server_file=server_file, tell=tell)


def _replay(settings: Settings, env: Mapping[str, str], found: CI | None, tell: Callable[[str], None]) -> Session:
    _, source = sources.local_file(settings.facts, Path(), "--facts")
    run = _replayed_run(settings, env, found)
    root = root_of(settings, run.workspace if run else "")
    host = recorded.load(source.data, settings.facts, lambda path, commit: _from_clone(root, path, commit))
    ref = host.facts.pull_request.ref
    same = run is not None and not isinstance(run.target, CommitRef) and (run.target.repo, run.target.number) == (ref.repo, ref.number)
    run = run if run and same else Run(ci="", target=ref, head_sha=settings.head_sha or None)
    return Session(
        settings=settings, run=run, host=host, root=root, server_file=sources.server_file(settings, root), tell=tell, recorded=True
    )


def _replayed_run(settings: Settings, env: Mapping[str, str], found: CI | None) -> Run | None:
    """Return what the CI says of this run, None where it says nothing: recorded facts name the pull request themselves."""
    try:
        return identify(settings, env, found)
    except CIError:
        return None


def _from_clone(root: Path, path: str, commit: str) -> bytes | None:
    try:
        return checkout.file_in_clone(root, path, commit)
    except LookupError:
        return recorded.refuse(f"{path} at {commit}")


def _config_path(settings: Settings, run: Run, server_file: ServerFile) -> str:
    """Return where the repo config lies, as far as the server config can be trusted already; it only says what to read along."""
    try:
        server = config.load_server(server_file.source, selecting.flags(settings), json=server_file.json)
    except ConfigError:
        if server_file.inside is None:
            raise
        # The pull request may be what broke it; then the base branch's version is read in its place.
        return _DEFAULT_CONFIG
    return config.repo_config_file(server, run.target.repo_id)


def root_of(settings: Settings, workspace: str) -> Path:
    """Return the checkout's folder. Raises UsageError when the one named is none."""
    root = Path(settings.root or workspace or ".")
    if settings.root and not root.is_dir():
        raise UsageError(f"--root: {settings.root} is not a directory", advice="Give the folder that the repository is checked out in.")
    return root
