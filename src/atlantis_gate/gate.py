"""The straight path: from the environment to a report."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final, TypeVar

from atlantis_gate import config, hosts, requirements, selecting, sources
from atlantis_gate.decisions import Judged, Report
from atlantis_gate.errors import ConfigError, HostError, Problem, UsageError
from atlantis_gate.frozen import frozen, replace
from atlantis_gate.model import FACT_NAMES, CommitRef, State, Unknown
from atlantis_gate.requirements import Case, refusal
from atlantis_gate.requirements.mergeable import Bypass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.config import RepoConfig, ServerConfig, Source
    from atlantis_gate.decisions import Refusal
    from atlantis_gate.model import FactName, Facts, PullRequest
    from atlantis_gate.selecting import Selected
    from atlantis_gate.session import Session
    from atlantis_gate.tree import Tree

T = TypeVar("T")
MERGE_COMMIT: Final = "merge-commit"
_OF_A_MERGE: Final = 2
Texts = dict[str, dict[str, str | None]]


@frozen(kw_only=True)
class Trusted:
    """The server config that counts, remarks on where it came from, and its text."""

    config: ServerConfig
    notes: tuple[str, ...]
    judged: tuple[Judged, ...]


@frozen(kw_only=True)
class Evaluation:
    """A report and the facts it rests on; `facts` is None when the pull request was refused before any were read."""

    report: Report
    facts: Facts | None = None


def read_pull_request(session: Session) -> PullRequest:
    """Read the pull request that the run is about; a merge's commit is looked up first."""
    target = session.run.target
    try:
        ref = session.host.merged_pull_request(target) if isinstance(target, CommitRef) else target
        return _complete(session.host.pull_request(ref))
    except HostError as error:
        subject = f"commit {target.sha}" if isinstance(target, CommitRef) else f"pull request {target.number}"
        raise error.about(f"{subject} of {target.repo}") from error


def _complete(pull: PullRequest) -> PullRequest:
    if not pull.base_branch:
        raise HostError("the host does not name the base branch", operation="reading the pull request")
    return pull


def evaluate(session: Session, pull: PullRequest) -> Evaluation:
    """Evaluate one pull request. Raises GateError when it cannot be evaluated at all."""
    settings = session.settings
    report = Report(command=settings.command, pull_request=pull)
    refused = _refusal(session, pull)
    if refused:
        return Evaluation(report=replace(report, refusal=refused))
    _foresee(session, pull)
    changed_files = known_files(session, pull)
    server = trusted_server(session, pull, changed_files)
    report = replace(report, notes=server.notes, judged=server.judged)
    refused = refusal.branch(pull, config.branch_refusal(server.config, pull.ref.repo_id, pull.base_branch))
    if refused:
        return Evaluation(report=replace(report, refusal=refused))
    selected = select(session, pull, server.config, changed_files)
    facts = _facts(session, pull, changed_files, requirements.needed(selected.projects, settings.command))
    decisions = requirements.decide(selected.projects, _case(session, facts, selected))
    report = replace(report, notes=(*report.notes, *selected.notes), judged=(*report.judged, *selected.judged))
    return Evaluation(report=replace(report, decisions=decisions), facts=facts)


def _foresee(session: Session, pull: PullRequest) -> None:
    """Let the host work on the facts that will be needed while it is asked for the changed files."""
    start = session.settings.planned_on
    if session.expected and (not start or refusal.is_sha(start)):
        hosts.foresee(session.host, pull, session.expected, start or None)


def known_files(session: Session, pull: PullRequest) -> tuple[str, ...]:
    """Return the changed files. Raises HostError when they are not all known: no project may be missed."""
    files = session.host.changed_files(pull)
    if isinstance(files, Unknown):
        raise HostError(f"could not find out which files the pull request changes: {files.reason}", operation="list changed files")
    if "" in files:
        raise HostError("the host lists a changed file that has no name", operation="list changed files")
    return files


def select(session: Session, pull: PullRequest, server: ServerConfig, changed_files: tuple[str, ...]) -> Selected:
    """Select the projects to judge; a pull request that changes the repo config is judged by the base branch's version too."""
    # Changed files are named in their shortest form, which a configured path need not have.
    path = posixpath.normpath(config.repo_config_file(server, pull.ref.repo_id))
    tree = session.tree(pull, (path, *changed_files))
    question = selecting.Question(
        settings=session.settings,
        server=server,
        repo_id=pull.ref.repo_id,
        base_branch=pull.base_branch,
        tree=tree,
        tell=session.tell,
        changed_files=changed_files,
    )
    inside, source = _head_source(session, path, tree)
    head = _warned(session, selecting.repo_config(question, source))
    passed = session.passed(session.settings.atlantis_yaml or session.root / path)
    changed = [name for name in passed if name in changed_files]
    judged: tuple[Judged, ...] = (Judged("head", inside or path, source.data if source else None),)
    if not changed:
        return replace(selecting.select(question, head), judged=judged)
    base = sources.base_version(passed, changed_files, before(session, pull), session.host.file)
    selected = selecting.select_by_both(question, head, _base_config(session, selecting.for_base(question), base))
    had = "" if base else ", which has none: there discovery and the server config decide"
    note = f"the pull request changes {changed[0]}: it is judged by its own version and by the one on {pull.base_branch}{had}"
    judged = (*judged, Judged("base", changed[0], base.data if base else None))
    return replace(selected, notes=(note, *selected.notes), judged=judged)


def _head_source(session: Session, path: str, tree: Tree) -> tuple[str | None, Source | None]:
    """Return where in the repository the head's repo config lies (None outside it) and its text (None when there is none)."""
    if session.settings.atlantis_yaml:
        return sources.named_config(session.settings.atlantis_yaml, session.root)
    return path, sources.repo_source(path, tree)


def _base_config(session: Session, question: selecting.Question, source: Source | None) -> RepoConfig | None:
    """Load the base branch's version. One that Atlantis would refuse counts for none: nothing could have been run by it.

    Raises ConfigError for one that is refused only beside the pull request's files: it must not be able to do away with it.
    """
    try:
        return selecting.repo_config(question, source)
    except ConfigError as error:
        if selecting.is_valid_alone(question, source):
            raise
        session.tell(f"{error}\nthe base branch's version is refused, so discovery and the server config decide in its place")
        return None


def trusted_server(session: Session, pull: PullRequest, changed_files: Sequence[str]) -> Trusted:
    """Load the server config; one that the pull request changes is read from the base branch, which a note says."""
    _check_flags_file(session, changed_files)
    given, flags = session.server_file, selecting.flags(session.settings)
    passed = session.passed(session.settings.repos_yaml) if given.inside else ()
    if given.inside is None or not set(passed).intersection(changed_files):
        return Trusted(
            config=_warned(session, config.load_server(given.source, flags, json=given.json)), notes=(), judged=_server(given.source)
        )
    source = sources.base_version(passed, changed_files, before(session, pull), session.host.file)
    if source is None:
        text = f"the pull request adds it, and {pull.base_branch} has none: it counts for nothing before it is merged"
        problem = Problem(given.inside, 0, 0, text)
        raise ConfigError((problem,), advice="Merge the server config first, or keep it where no pull request reaches it.")
    note = f"the pull request changes {given.inside}: the version on {pull.base_branch} is used"
    return Trusted(config=_warned(session, config.load_server(source, flags)), notes=(note,), judged=_server(source))


def _check_flags_file(session: Session, changed_files: Sequence[str]) -> None:
    """Raise ConfigError when the pull request changes the file of flags: its options have been followed already."""
    name = session.settings.config
    if name and set(session.passed(name)).intersection(changed_files):
        problem = Problem(name, 0, 0, "the pull request changes it, so the flags in it cannot be trusted")
        raise ConfigError((problem,), advice="Keep the file that --config names where no pull request reaches it.")


def _server(source: Source | None) -> tuple[Judged, ...]:
    return (Judged("server", source.file, source.data),) if source else ()


def _warned(session: Session, loaded: T) -> T:
    for warning in getattr(loaded, "warnings", ()):
        session.tell(str(warning))
    return loaded


def before(session: Session, pull: PullRequest) -> str:
    """Return the commit that holds the base branch's own version of files: its tip, or where it stood before the merge."""
    if pull.state is not State.MERGED or pull.merge_sha is None:
        return pull.base_sha
    known = session.run.before_sha or pull.before_sha
    if known:
        return known
    parents = session.host.parents(pull.merge_sha)
    if len(parents) < _OF_A_MERGE:
        # A squash has the old base for its parent, but a rebase or a fast-forward one of the pull request's own commits.
        raise HostError(
            f"cannot tell where {pull.base_branch} stood before {pull.merge_sha} was merged",
            operation="read the merge",
            advice="Run the gate for a push to the base branch, which tells, or merge with a merge commit.",
        )
    return parents[0]


def _refusal(session: Session, pull: PullRequest) -> Refusal | None:
    """Refuse what needs no look into the pull request's files."""
    settings = session.settings
    return (
        refusal.closed(pull)
        or refusal.moved_head(pull, session.run.head_sha)
        or refusal.fork(pull, allowed=settings.allow_fork_prs)
        or refusal.allowlist(pull.ref.repo_id, settings.repo_allowlist)
    )


def _facts(session: Session, pull: PullRequest, changed_files: tuple[str, ...], needs: frozenset[FactName]) -> Facts:
    start = starting_point(session, pull) if "divergence" in needs else None
    return hosts.gather(session.host, pull, changed_files, needs, start)


def starting_point(session: Session, pull: PullRequest) -> str | None:
    """Return the commit that --planned-on names, None for the merge base. Raises UsageError for what names no commit."""
    wanted = session.settings.planned_on
    if wanted != MERGE_COMMIT:
        if wanted and not refusal.is_sha(wanted):
            raise UsageError(
                f"--planned-on: {wanted!r} is not a commit",
                advice="Give the base-sha that the gate put out when it ran for plan, or merge-commit.",
            )
        return wanted or None
    if session.recorded:
        # The recorded divergence says itself which commit it starts from.
        return None
    if session.run.merge_sha is None:
        raise UsageError(
            "--planned-on merge-commit: this run checked out no merge commit", advice="Give the commit that the plan was made on."
        )
    parents = [parent for parent in session.host.parents(session.run.merge_sha) if parent != pull.head_sha]
    if not parents:
        raise HostError(f"commit {session.run.merge_sha} is no merge into the base branch", operation="read the merge commit")
    return parents[0]


def _case(session: Session, facts: Facts, selected: Selected) -> Case:
    settings = session.settings
    bypass = Bypass(
        enabled=settings.gh_allow_mergeable_bypass_apply,
        status_name=settings.vcs_status_name,
        ignored_names=settings.ignore_vcs_status_names,
    )
    case = Case(command=settings.command, facts=facts, bypass=bypass)
    if isinstance(facts.divergence, Unknown):
        return case
    return replace(case, diverged=selected.concerned(facts.divergence.files))


def record(session: Session, pull: PullRequest) -> tuple[Facts, Texts]:
    """Read every fact, and the files beside the checkout that an evaluation needs: texts by side (`head`, `base`) and path."""
    changed = known_files(session, pull)
    facts = hosts.gather(session.host, pull, changed, FACT_NAMES, starting_point(session, pull))
    server = trusted_server(session, pull, changed).config
    path = posixpath.normpath(config.repo_config_file(server, pull.ref.repo_id))
    texts: Texts = {"head": {}, "base": {}}
    if not session.holds_head(pull, (path, *changed)):
        texts["head"][path] = _text(path, session.host.file(path, pull.head_sha))
    commit = before(session, pull)

    def kept(each: str, sha: str) -> bytes | None:
        data = session.host.file(each, sha)
        texts["base"][each] = _text(each, data)
        return data

    for passed in (session.passed(session.root / path), session.passed(session.settings.repos_yaml or session.root / path)):
        if set(passed).intersection(changed):
            sources.base_version(passed, changed, commit, kept)
    return facts, texts


def _text(path: str, data: bytes | None) -> str | None:
    try:
        return None if data is None else data.decode()
    except UnicodeDecodeError:
        raise ConfigError((Problem(path, 0, 0, "is not UTF-8 text"),)) from None
