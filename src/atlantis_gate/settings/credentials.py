"""Options of the subcommands about credentials."""

from __future__ import annotations

from typing import Final

from atlantis_gate.settings.option import Option, switch

_APP = ("github-app create",)
_GIT = ("git-credentials",)

CREDENTIALS: Final = (
    Option(name="organization", help="the organization that the GitHub App shall belong to (default: you)", commands=_APP, metavar="NAME"),
    Option(
        name="app-name",
        help="the GitHub App's name, unique on its server (default: atlantis-gate- and the organization or something random)",
        commands=_APP,
        metavar="NAME",
    ),
    Option(
        name="credentials-dir",
        help="the folder that the GitHub App's key is saved in",
        commands=_APP,
        metavar="DIR",
        default="atlantis-gate-app",
    ),
    Option(
        name="port",
        help="the port on this machine that the browser comes back to",
        commands=_APP,
        kind="number",
        metavar="N",
        default="8765",
    ),
    switch("show-secrets", "print the private key too, to copy it into the CI", _APP),
    switch("no-browser", "open no browser, only print the address", _APP),
    Option(
        name="credentials-file",
        help="the file that the password is put into (default: .git-credentials beside --git-config, else in the home directory)",
        commands=_GIT,
        metavar="FILE",
    ),
    Option(
        name="git-config",
        help="git's configuration that names the file (default: GIT_CONFIG_GLOBAL, else .gitconfig in the home directory)",
        commands=_GIT,
        metavar="FILE",
    ),
    switch("erase", "take out all that earlier runs wrote; no credential is needed", _GIT),
)
