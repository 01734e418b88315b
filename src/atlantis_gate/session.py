"""Opening a run: which pull request it is about, on which host, and with which files at hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate import checkout, ci, config, hosts, requirements, selecting, selection, sources
from atlantis_gate.deadline import Deadline
from atlantis_gate.errors import CIError, ConfigError
from atlantis_gate.frozen import field, frozen, replace
from atlantis_gate.hosts import Connection, recorded
from atlantis_gate.model import CommitRef, Run
from atlantis_gate.offline import identify, root_of
from atlantis_gate.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from atlantis_gate.arguments import Settings
    from atlantis_gate.ci import CI
    from atlantis_gate.config import ServerConfig
    from atlantis_gate.console import Console
    from atlantis_gate.hosts import Host
    from atlantis_gate.model import FactName, PullRequest, PullRequestRef
    from atlantis_gate.sources import ServerFile
    from atlantis_gate.tree import Tree

_DEFAULT_CONFIG: Final = "atlantis.yaml"


@frozen(kw_only=True)
class Session:
    """What one evaluation works with: settings, the run, an open host, the checkout's folder, and who is told of warnings.

    `expected` are the facts that options and server config ask for of every project; `tally` counts what the host is asked.
    """

    settings: Settings
    run: Run
    host: Host
    root: Path
    server_file: ServerFile
    tell: Callable[[str], None]
    expected: frozenset[FactName] = frozenset()
    tally: Tally = field(default_factory=Tally)
    recorded: bool = False

    def tree(self, pull: PullRequest, expected: Sequence[str]) -> Tree:
        """Return the files of the pull request: the checkout where it holds them, else the host's listing at the head.

        `expected` are paths of which a checkout of the pull request holds at least one.
        """
        if self.holds_head(pull, expected):
            return selection.CheckoutTree(self.root)
        self.tell(f"{self.root} is not a checkout of the pull request: its files are read from the host")
        return selection.ListingTree(self.host.files(pull.head_sha), lambda path: self.host.file(path, pull.head_sha))

    def tell_what_was_asked(self) -> None:
        """Say how often the host was asked, and what is left of its rate limit."""
        if self.tally.asked:
            self.tell(str(self.tally))

    def passed(self, path: str | Path) -> tuple[str, ...]:
        """Return every name in the checkout that a file is reached through: its own, each link on the way, and where it ends."""
        return checkout.passed(self.root, Path(path))

    def holds_head(self, pull: PullRequest, expected: Sequence[str]) -> bool:
        """Tell whether the checkout holds the pull request's files; beside recorded facts it is taken as it is."""
        return self.recorded or checkout.holds(self.root, selection.CheckoutTree(self.root), pull, self.run, expected)


def open_session(settings: Settings, env: Mapping[str, str], console: Console) -> Session:
    """Open the host of the run, or the recorded facts in its place."""
    found = ci.detect(env)
    if settings.facts:
        return _replay(settings, env, found, console.say)
    run = identify(settings, env, found)
    root = root_of(settings, run.workspace)
    server_file = sources.server_file(settings, root)
    server, deadline = _server(settings, server_file), _deadline(settings, console)
    repo_id = run.target.repo_id
    path = config.repo_config_file(server, repo_id) if server else _DEFAULT_CONFIG
    return Session(
        settings=settings,
        run=run,
        host=_connect(settings, env, run, path, deadline),
        root=root,
        server_file=server_file,
        tell=console.say,
        expected=_expected(settings, server, repo_id) if server else frozenset(),
        tally=deadline.tally,
    )


def reach(settings: Settings, env: Mapping[str, str], console: Console, *, quietly: bool = False) -> tuple[Host, PullRequestRef | None]:
    """Open the host of the repo at hand, for subcommands that can do without a pull request; None stands for the one that is missing.

    `quietly`: without a word on which credential is used, and on what is waited for.
    Raises CIError when neither the CI nor options name a repo.
    """
    run, ref = _at_hand(settings, env)
    return _connect(settings, env, run, _DEFAULT_CONFIG, _deadline(settings, console, quietly=quietly)), ref


def _deadline(settings: Settings, console: Console, *, quietly: bool = False) -> Deadline:
    return Deadline(settings.timeout, _silent if quietly else console.say, redaction=console.redaction)


def _silent(_: str) -> None:
    """Say nothing."""


def _at_hand(settings: Settings, env: Mapping[str, str]) -> tuple[Run, PullRequestRef | None]:
    found = ci.detect(env)
    alone = bool(settings.host or settings.host_url or settings.repo) and not settings.pull_request
    if not alone:
        try:
            run = identify(settings, env, found)
        except CIError:
            if settings.pull_request:
                raise
        else:
            return run, None if isinstance(run.target, CommitRef) else run.target
    try:
        # Any number makes the CI, or the options, say which repo it is of.
        return identify(replace(settings, pull_request="1"), env, found), None
    except CIError as error:
        raise CIError(error.message, advice="Name the repo: --host and --repo.") from None


def _connect(settings: Settings, env: Mapping[str, str], run: Run, config_path: str, deadline: Deadline) -> Host:
    connection = Connection(
        server_url=run.target.server_url,
        repo=run.target.repo,
        env=env,
        deadline=deadline,
        run=run,
        config_path=config_path,
        status_name=settings.status_name,
    )
    host = hosts.connect(run.target.host, connection)
    deadline.tell(f"asking {run.target.server_url} with the {host.credential}")
    return host


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


def _server(settings: Settings, server_file: ServerFile) -> ServerConfig | None:
    """Load the server config before it can be trusted: what it says here only bears on what is read along, and when."""
    try:
        return config.load_server(server_file.source, selecting.flags(settings), json=server_file.json)
    except ConfigError:
        if server_file.inside is None:
            raise
        # The pull request may be what broke it; then the base branch's version is read in its place.
        return None


def _expected(settings: Settings, server: ServerConfig, repo_id: str) -> frozenset[FactName]:
    project = config.default_project(server, repo_id, selecting.flags(settings), dir=".", workspace="default")
    return requirements.needed((project,), settings.command)
