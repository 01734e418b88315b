"""What the token at hand may do in one project of GitLab, tried without changing anything."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from atlantis_gate.diagnosis import Diagnosis, Held, Trial
from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.frozen import replace
from atlantis_gate.hosts import gitlab_credentials as credentials
from atlantis_gate.hosts import gitlab_needs as needs
from atlantis_gate.hosts.answer import read, read_list
from atlantis_gate.hosts.gitlab_credentials import GITLAB
from atlantis_gate.hosts.gitlab_merge_request import MergeRequest, consent, merge_request, sha
from atlantis_gate.hosts.gitlab_session import Question
from atlantis_gate.hosts.trials import Once, accepted, attempt, ending, host_time, known, rehearse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.credentials import Choice
    from atlantis_gate.hosts.gitlab_repository import Repository
    from atlantis_gate.hosts.gitlab_routes import Routes
    from atlantis_gate.hosts.gitlab_session import Session
    from atlantis_gate.model import PullRequestRef

# https://docs.gitlab.com/api/personal_access_tokens/#get-token-information
_SELF: Final = Question("/personal_access_tokens/self", "asking what the token may do")
# https://docs.gitlab.com/api/users/#get-the-current-user
_USER: Final = Question("/user", "finding out whose the token is")
# https://docs.gitlab.com/api/jobs/#get-job-tokens-job
_JOB: Final = Question("/job", "asking which job the token is of")
# https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
_BOT: Final = re.compile(r"(project|group)_[0-9]+_bot")
# https://docs.gitlab.com/api/access_requests/#valid-access-levels
_ROLES: Final[Mapping[int, str]] = {10: "Guest", 15: "Planner", 20: "Reporter", 30: "Developer", 40: "Maintainer", 50: "Owner"}
_DEVELOPER: Final = 30
_USED: Final = frozenset({"api", "read_api", "read_user"})
# No commit has this id: https://git-scm.com/docs/githooks#_pre_push
_NO_COMMIT: Final = "0" * 40


class Doctor:
    """Tries one project with one token; each thing is asked once."""

    def __init__(self, connection: Connection, session: Session, routes: Routes, repository: Repository) -> None:
        """Take the connection, the open session, the project's routes and its repository."""
        self._connection = connection
        self._session = session
        self._routes = routes
        self._repository = repository
        self._project = Once(lambda: session.one(routes.project()))
        self._about = Once(lambda: session.ask(_SELF))
        self._user = Once(lambda: session.one(_USER))

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try everything on a merge request, the newest open one where None is given."""
        job = self._session.credential.kind == credentials.JOB
        owner = self._job() if job else ""
        if not job:
            accepted(self._about, self._project)
        token = None if job else self._token()
        seen = Once(lambda: self._merge_request(ref.number if ref is not None else self._newest()))
        trials = (*self._on_merge_request(seen), *self._on_project(seen), *self._writing())
        return Diagnosis(
            host="gitlab",
            server_url=self._connection.server_url,
            repo=self._connection.repo,
            credential=str(self._choice(job=job)),
            identity=owner or self._identity(token),
            expires=_expires(token),
            scopes=token.texts("scopes") if token is not None else None,
            trials=trials,
            remarks=tuple(self._remarks(token, job=job)),
        )

    def _token(self) -> Node | None:
        """Return what GitLab tells of the token, None where it tells nothing."""
        about = self._about.maybe()
        return read(GITLAB, about.value, _SELF.operation) if about is not None else None

    def _job(self) -> str:
        """Return whose job it is. Raises CredentialError where GitLab does not know the token: it ends with its job."""
        choice = self._session.credential
        try:
            user = self._session.one(_JOB).maybe_node("user")
        except HostError as error:
            if not error.status:
                raise
            why = "a job's token is valid only while the job runs"
            raise CredentialError(f"GitLab refused the {choice.kind} from {choice.source}: {why}", advice=credentials.ADVICE) from None
        return f"{user.text('username')} (whose job it is)" if user is not None else ""

    def _merge_request(self, number: int) -> MergeRequest:
        return merge_request(self._session.one(self._routes.merge_request(number)), self._connection.repo, number)

    def _newest(self) -> int:
        question = self._routes.newest()
        found = read_list(GITLAB, self._session.ask(question).value, question.operation)
        if not found:
            raise HostError("no merge request is open, so this could not be tried", operation=question.operation)
        return found[0].number("iid")

    def _on_merge_request(self, seen: Once[MergeRequest]) -> tuple[Trial, ...]:
        routes, session = self._routes, self._session
        return (
            attempt(needs.MERGE_REQUEST, lambda: f"read !{seen().number}"),
            attempt(needs.APPROVALS, lambda: f"{len(consent(session.one(routes.approvals(seen().number))).by)} on !{seen().number}"),
            attempt(needs.FILES, lambda: session.ask(routes.diffs(seen().number))),
            attempt(needs.COMPARISON, lambda: self._compare(seen())),
            attempt(needs.JOBS, lambda: self._statuses(seen())),
        )

    def _compare(self, seen: MergeRequest) -> str:
        tip = self._repository.tip(seen.base_branch)
        start = sha(self._session.one(self._routes.merge_base(seen.head_sha, tip)), "id")
        self._session.ask(self._routes.compare(start, tip))
        return f"compared {start[:12]} with {seen.base_branch}"

    def _statuses(self, seen: MergeRequest) -> str:
        pipeline = seen.pipeline
        if pipeline is None:
            self._session.ask(self._routes.statuses(seen.head_sha, None))
            return f"!{seen.number} has no pipeline; its statuses were read"
        elsewhere = None if pipeline.project == seen.project else pipeline.project
        self._session.ask(self._routes.statuses(pipeline.sha, elsewhere))
        self._session.ask(self._routes.jobs(pipeline.number, elsewhere))
        return f"read those of pipeline {pipeline.number}"

    def _on_project(self, seen: Once[MergeRequest]) -> tuple[Trial, ...]:
        return (
            attempt(needs.REPOSITORY, lambda: self._read(seen)),
            attempt(needs.SETTINGS, self._settings),
            self._merge_check(),
        )

    def _settings(self) -> str:
        return f"a pipeline {'must' if self._project().flag('only_allow_merge_if_pipeline_succeeds') else 'need not'} succeed"

    def _read(self, seen: Once[MergeRequest]) -> str:
        known_one = seen.maybe()
        branch = known_one.base_branch if known_one is not None else self._project().text("default_branch")
        tip, path = self._repository.tip(branch), self._connection.config_path
        return f"{path} {'is' if self._repository.file(path, tip) is not None else 'is not'} on {branch}"

    def _merge_check(self) -> Trial:
        project = self._project.maybe()
        level = _level(project) if project is not None else None
        if level is None:
            return known(needs.MERGE_CHECK, Held.UNKNOWN, "GitLab does not tell the token's role in the project")
        return known(needs.MERGE_CHECK, Held.YES if level >= _DEVELOPER else Held.NO, f"its role is {_ROLES.get(level, str(level))}")

    def _writing(self) -> tuple[Trial, ...]:
        """Try to write on a commit and a merge request that cannot be: GitLab first looks at what the token may.

        https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/commit_statuses.rb and .../lib/api/notes.rb
        """
        if self._project.maybe() is None:
            return (attempt(needs.STATUS, self._project), attempt(needs.COMMENT, self._project))
        status = {"state": "success", "name": f"{self._connection.status_name}/doctor"}
        return (
            rehearse(needs.STATUS, lambda: self._write(self._routes.set_status(_NO_COMMIT), status), status=404, about="commit"),
            rehearse(needs.COMMENT, lambda: self._write(self._routes.notes(0), {"body": "atlantis-gate doctor"}), status=404),
        )

    def _write(self, path: str, body: Mapping[str, object]) -> object:
        return self._session.write("POST", path, body, operation="trying to write", repeat=False)

    def _choice(self, *, job: bool) -> Choice:
        """Return the credential with its kind as exactly as its user tells it."""
        choice, user = self._session.credential, None if job else self._user.maybe()
        if user is None:
            return choice
        bot = _BOT.match(user.text("username"))
        return replace(choice, kind=f"{bot[1] if bot else 'personal'} access token")

    def _identity(self, token: Node | None) -> str:
        user = self._user.maybe()
        name = token.maybe_text("name") if token is not None else None
        return ", ".join(filter(None, (user.text("username") if user else "", f"token {name!r}" if name else "")))

    def _remarks(self, token: Node | None, *, job: bool) -> list[str]:
        if job:
            return [f"A job's own token does not suffice. {credentials.ADVICE}"]
        if token is None:
            return ["GitLab does not tell the token's scopes and when it expires (it does from 15.5 on)."]
        extra = sorted(set(token.texts("scopes")) - _USED)
        ends = _expires(token)
        about = self._about.maybe()
        now = host_time(about.headers if about is not None else {})
        found = (
            ending(ends, now, self._session.credential.source) if ends is not None else "The token never ends.",
            f"It has scopes that the gate does not use: {', '.join(extra)}." if extra else "",
        )
        return [remark for remark in found if remark]


def _level(project: Node) -> int | None:
    """Return the highest role of the token's user in the project or its groups; None where GitLab tells none."""
    permissions = project.maybe_node("permissions")
    if permissions is None:
        return None
    found = (permissions.maybe_node(name) for name in ("project_access", "group_access"))
    return max((access.number("access_level") for access in found if access is not None), default=None)


def _expires(token: Node | None) -> datetime | None:
    """Return the end of a token: midnight UTC at the beginning of its day, https://docs.gitlab.com/user/profile/personal_access_tokens/."""
    text = token.maybe_text("expires_at") if token is not None else None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else None
    except ValueError:
        return None
