"""What kinds of credential GitHub takes, told from a token's documented prefix."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from github import Auth

    from atlantis_gate.hosts.credentials import Choice
    from atlantis_gate.hosts.github_answer import Node


class Kind(Enum):
    """What a credential is; the value is GitHub's own word for it."""

    CLASSIC = "classic personal access token"
    FINE_GRAINED = "fine-grained personal access token"
    OAUTH = "OAuth app's token"
    APP_USER = "GitHub App's user token"
    INSTALLATION = "installation access token"
    REFRESH = "refresh token"
    OLD = "token of the format before 2021"
    UNTOLD = "token"
    APP = "GitHub App"
    APP_KEY = "GitHub App's key"

    @property
    def scoped(self) -> bool:
        """Tell whether GitHub limits it by scopes and by what its user may do, not by permissions of its own."""
        return self in {Kind.CLASSIC, Kind.OAUTH, Kind.OLD}


# https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
# https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
_PREFIXES: Final[Mapping[str, Kind]] = {
    "ghp_": Kind.CLASSIC,
    "github_pat_": Kind.FINE_GRAINED,
    "gho_": Kind.OAUTH,
    "ghu_": Kind.APP_USER,
    "ghs_": Kind.INSTALLATION,
    "ghr_": Kind.REFRESH,
}
_OLD: Final = re.compile(r"(?:v1\.)?[0-9a-f]{40}")


def kind_of(token: str) -> Kind:
    """Tell the kind of a token from its form."""
    found = next((kind for prefix, kind in _PREFIXES.items() if token.startswith(prefix)), None)
    return found or (Kind.OLD if _OLD.fullmatch(token) else Kind.UNTOLD)


@frozen(kw_only=True)
class Credential:
    """What speaks to GitHub. `choice` is for people to read, `auth` authenticates each request.

    Of a GitHub App, `expires` is when its token ends, before which `auth` asks for a new one, and `installation` reads what it was given.
    """

    choice: Choice
    kind: Kind
    auth: Auth.Auth
    expires: datetime | None = None
    installation: Callable[[], Node] | None = None
