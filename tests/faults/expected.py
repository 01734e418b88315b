"""Where an exit code 0 is right although something was wrong, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from faults.cases import Case

_WORD: Final = "GitHub itself says that nothing blocks the merge, so nothing is asked of this part"
_BY_REST: Final = "then the files are asked of the REST API"
_UNTOLD: Final = "a plain text that is cut where nothing tells its length, as HTTP/1.1 always does; over real sockets a cut is noticed"
_ABSENT: Final = "404 says that there is no such file, and then it is asked whether the commit is there"


@dataclass(frozen=True)
class Right:
    """Cases that may end in exit code 0: by host, place and what goes wrong (regular expressions), and why.

    `stopped`: on stories that are stopped where nothing goes wrong, too.
    """

    host: str
    place: str
    name: str
    why: str
    stopped: bool = False


RIGHT: Final = (
    Right(".*", ".*", "wrong content type", "the answer itself is whole, and read"),
    Right("github", ".*Gate", r"files: .*", _BY_REST),
    Right("github", ".*Gate", r".* at repository\.pullRequest\.files, .*", _BY_REST),
    Right("github", ".*Gate", r".* at repository\.pullRequest\.(reviewThreads|commits|commits\.totalCount|baseRef\.\w+), .*", _WORD),
    Right("github", ".*Gate", r".* at repository\.pullRequest\.baseRef\.target\.file, .*", "then the file is asked of the REST API"),
    Right("github", ".*Gate", r".*pullRequest\.author is null", "an account that was deleted; its approvals are gone, too", stopped=True),
    Right("gitlab", ".*merge_requests/7", r"detailed_merge_status is absent", "GitLab before 15.6 has no such word", stopped=True),
    Right(
        "bitbucket-cloud", ".*pullrequests/7", r"mergeable is absent", "only where Bitbucket tells it, builds and tasks count", stopped=True
    ),
    Right("bitbucket-cloud", r".*/src/.*\.yaml", r"half a body|last byte missing", _UNTOLD, stopped=True),
    Right("bitbucket-cloud", r".*/src/.*\.yaml", "404", _ABSENT, stopped=True),
    Right("bitbucket-data-center", r".*/raw/.*", r"half a body|last byte missing", _UNTOLD, stopped=True),
    Right("bitbucket-data-center", ".*pull-requests/7", r"draft is absent", "servers before 8.18 know no drafts", stopped=True),
    Right("azure-devops", ".*", r"it goes on without end", "only branches are told with such a token, until the one that is looked for"),
    Right("azure-devops", ".*diffs/commits", r"every page is full", "it says that all changes are included, so it has no further page"),
    Right("azure-devops", ".*diffs/commits", r"not all is included", "then the next page is asked for, until one is empty"),
    Right("azure-devops", ".*pullRequests/7", r"forkSource is (null|absent)", "it is told of forks only", stopped=True),
    Right("azure-devops", ".*pullRequests/7", r".*isContainer is (null|absent)", "it is told of groups only", stopped=True),
    Right("gitea", ".*", r"it says no number|it does not say how many", "a list without a count is read until a page is empty"),
    Right("gitea", ".*branch_protections", r"it says that there are (more|fewer)|every page is full", "all rules come in one answer"),
    Right("gitea", ".*branch_protections", r"1\.protected_file_patterns is (empty|absent)", "no file is protected", stopped=True),
)


def right(case: Case, *, stopped: bool) -> Right | None:
    """Return by what a case may end in exit code 0, None where it may not."""
    place = next(iter(case.alterations)).partition("?")[0].removesuffix(" (all pages)")
    fits = (each for each in RIGHT if re.fullmatch(each.host, case.host) and (each.stopped or not stopped))
    return next((each for each in fits if re.fullmatch(each.place, place) and re.fullmatch(each.name, case.name)), None)
