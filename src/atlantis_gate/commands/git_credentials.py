"""git-credentials: let git fetch from the repo's host with the gate's credential, in the steps after this one."""

from __future__ import annotations

from datetime import UTC
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from atlantis_gate import checkout, ci, git_files, locked_files
from atlantis_gate.errors import CIError, CredentialError, UsageError
from atlantis_gate.frozen import frozen, replace
from atlantis_gate.git_files import Block
from atlantis_gate.hosts import HOSTS, LogsIntoGit
from atlantis_gate.model import Outcome
from atlantis_gate.offline import identify
from atlantis_gate.session import reach

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console
    from atlantis_gate.git_files import Remote
    from atlantis_gate.hosts.credentials import Choice, GitLogin
    from atlantis_gate.model import Run

# Where a container action has its home; the steps after it have another one:
# https://docs.github.com/en/actions/reference/workflows-and-actions/dockerfile-support#env
_HOME_OF_AN_ACTION: Final = "/github/home"
_STORE: Final = ".git-credentials"


class GitRules(Protocol):
    """What a host's module `<kind>_git` tells without a credential and without a network."""

    def remote(self, server_url: str, repo: str, env: Mapping[str, str]) -> Remote:
        """Return where git is served."""

    def ends_with_job(self, choice: Choice) -> bool:
        """Tell whether a credential is one that a job is given for as long as it runs."""


@frozen(kw_only=True)
class Files:
    """The store that holds the password, and the configuration that names it; `beside`: the store is looked for beside it."""

    store: Path
    config: Path
    beside: bool

    @property
    def named(self) -> str:
        """What the configuration calls the store."""
        return self.store.name if self.store.parent == self.config.parent else str(self.store)


def run(settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
    """Write a login into git's files, or take out every one that was written. Raises GateError."""
    files = _files(settings, env)
    if settings.erase:
        console.result(_erase(files))
        return Outcome.ALLOWED
    run = at_hand(settings, env)
    remote = rules(run).remote(run.target.server_url, run.target.repo, env)
    _warn(settings, console, files, run)
    choice, login = log_in(settings, env, console)
    _write(files, remote, login)
    console.result(f"git logs in to {remote.context} as {login.username}: {files.config} names {files.store}, which holds the password")
    console.say(_lasting(login, job=rules(run).ends_with_job(choice)))
    return Outcome.ALLOWED


def at_hand(settings: Settings, env: Mapping[str, str]) -> Run:
    """Return the run whose repo is meant; it may be about no pull request. Raises CIError when neither the CI nor options name a repo."""
    try:
        # Any number makes the CI, or the options, say which repo it is of.
        return identify(replace(settings, pull_request=settings.pull_request or "1"), env, ci.detect(env))
    except CIError as error:
        raise CIError(error.message, advice="Name the repo: --host and --repo, and --host-url for a server of your own.") from None


def rules(run: Run) -> GitRules:
    """Return what the host of a run says of git: its module is named like the host's."""
    found: GitRules = import_module(f"{HOSTS[run.target.host].module}_git")
    return found


def log_in(settings: Settings, env: Mapping[str, str], console: Console, *, quietly: bool = False) -> tuple[Choice, GitLogin]:
    """Return which credential is used (saying so, unless `quietly`), and how git logs in. Raises CredentialError or HostError."""
    host, _ = reach(settings, env, console, quietly=quietly)
    if not isinstance(host, LogsIntoGit):
        raise CredentialError(f"git cannot log in with the {host.credential}")
    login = host.git_login()
    if not login.username.isprintable() or not login.password.reveal().isprintable():
        raise CredentialError(f"the {host.credential} holds characters that git cannot take")
    return host.credential, login


def _files(settings: Settings, env: Mapping[str, str]) -> Files:
    # git reads no other configuration of the user's where this is set: https://git-scm.com/docs/git#Documentation/git.txt-GITCONFIGGLOBAL
    named = settings.git_config or env.get("GIT_CONFIG_GLOBAL", "")
    config = _file(named, env, ".gitconfig", "--git-config")
    beside = str(config.with_name(_STORE)) if named else ""
    store = _file(settings.credentials_file or beside, env, _STORE, "--credentials-file")
    if store == config:
        raise UsageError("--credentials-file and --git-config name one file", advice="They must be two: git reads them differently.")
    return Files(store=store, config=config, beside=bool(named) and store.parent == config.parent)


def _file(named: str, env: Mapping[str, str], name: str, option: str) -> Path:
    """Return a file's path with its folder resolved; what the file itself is, is looked at when it is written."""
    home = env.get("HOME", "")
    if not named and not home:
        raise UsageError(f"HOME is not set, so there is no place for {name}", advice=f"Name a file with {option}.")
    path = Path(named) if named else Path(home, name)
    try:
        folder = path.parent.resolve(strict=True)
    except OSError:
        raise UsageError(f"{option}: the folder of {path} is not there", advice="Name a file in a folder that exists.") from None
    return folder / path.name


def _warn(settings: Settings, console: Console, files: Files, run: Run) -> None:
    """Say what may go wrong with these files. Raises UsageError for a folder of the checkout that leads out of it."""
    if str(files.config).startswith(f"{_HOME_OF_AN_ACTION}/"):
        console.say(
            f"{_HOME_OF_AN_ACTION} is the home of container actions alone: for steps on the runner name another file with --git-config "
            "and set GIT_CONFIG_GLOBAL to it there (docs/git-credentials.md)."
        )
    if run.target.server_url.startswith("http://"):
        console.say("The server's URL begins with http: git will send the password over the network as it is.")
    root = Path(run.workspace)
    if not (root / ".git").exists():
        return
    for named, file in ((settings.credentials_file, files.store), (settings.git_config, files.config)):
        if named and checkout.name_inside(root, Path(named)) and checkout.path_inside(root, file) is None:
            raise UsageError(f"{named} is in the checkout, behind a link that leads out of it", advice="Name a file somewhere else.")
    inside = checkout.path_inside(root, files.store)
    if inside and not inside.startswith(".git/"):
        console.say(f"{files.store} is in the checkout: never commit, cache or upload it. A file in .git or outside is never committed.")


def _write(files: Files, remote: Remote, login: GitLogin) -> None:
    """Put the password into the store and, once it is there, the block into the configuration."""

    def configured(text: str | None) -> str:
        earlier = next((block for block in git_files.blocks(text or "") if block.context == remote.context), None)
        if earlier is not None and (earlier.store, earlier.username) != (files.named, login.username):
            _forget(files, earlier)
        made = locked_files.read(files.store) is None
        locked_files.change(
            files.store,
            lambda held: git_files.stored(held or "", remote.server, login.username, login.password.reveal()),
            mode=locked_files.SECRET,
        )
        block = Block(
            context=remote.context,
            username=login.username,
            store=files.named,
            made_config=earlier.made_config if earlier else text is None,
            made_store=made or bool(earlier and earlier.made_store and earlier.store == files.named),
            broke_line=earlier.broke_line if earlier else bool(text) and not (text or "").endswith("\n"),
        )
        helper = git_files.reading(files.named if files.beside else str(files.store), str(files.config), beside=files.beside)
        return git_files.with_block(text or "", block, remote, helper)

    locked_files.change(files.config, configured)


def _erase(files: Files) -> str:
    """Take out every login that was written, and what was written for it. No credential is needed, and no network."""
    found = git_files.blocks(locked_files.read(files.config) or "")
    if not found:
        return f"{files.config} holds nothing of atlantis-gate's: nothing is changed"

    def configured(text: str | None) -> str | None:
        # The one that made a store goes last: it takes the store away, if nobody else's login is left in it.
        for block in sorted(git_files.blocks(text or ""), key=lambda block: block.made_store):
            _forget(files, block)
        left = git_files.without_blocks(text or "")
        return left if left or not any(block.made_config for block in found) else None

    locked_files.change(files.config, configured)
    return f"git no longer logs in to {', '.join(block.context for block in found)}: what was written for that is gone from {files.config}"


def _forget(files: Files, block: Block) -> None:
    """Take a block's login out of its store, and a store away that was made for it and is empty now."""
    server = git_files.Remote(context=block.context).server

    def without(text: str | None) -> str | None:
        left = git_files.forgotten(text or "", server, block.username)
        return None if text is None or (text and not left and block.made_store) else left

    store = files.config.parent / block.store
    if locked_files.read(store) is not None:
        locked_files.change(store, without, mode=locked_files.SECRET)


def _lasting(login: GitLogin, *, job: bool) -> str:
    """Say how long a login lasts."""
    if login.expires is not None:
        return f"The token ends at {login.expires.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC; run this again for another one."
    return "The token ends with this job." if job else "How long the token lasts is up to whoever made it; --erase takes it out of here."
