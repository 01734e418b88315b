"""Options that say what is evaluated: command, projects, pull request, files."""

from __future__ import annotations

from typing import Final, get_args

from atlantis_gate.model import HostKind
from atlantis_gate.settings.option import ASKING, DECIDING, MAKING, PULLS, SELECTING, Option, switch

WHAT: Final = (
    Option(
        name="command",
        help="the command to gate",
        commands=DECIDING,
        metavar="NAME",
        default="apply",
        choices=("plan", "apply", "import"),
        input=True,
    ),
    Option(
        name="require",
        help="requirements (approved, mergeable, undiverged) that no file can remove",
        commands=SELECTING,
        kind="list",
        metavar="LIST",
        input=True,
    ),
    Option(name="project", short="-p", help="only the project of this name", commands=SELECTING, metavar="NAME", input=True),
    Option(name="dir", short="-d", help="only the projects in this directory", commands=SELECTING, metavar="DIR", input=True),
    Option(
        name="workspace", short="-w", help="only the projects of this Terraform workspace", commands=SELECTING, metavar="NAME", input=True
    ),
    Option(
        name="planned-on",
        help="the base commit that the plan was made on, or merge-commit for the base parent of the merge that this run checked out",
        commands=DECIDING,
        metavar="SHA",
        input=True,
    ),
)

WHERE: Final = (
    Option(
        name="host",
        help="the git host, where the CI does not say",
        commands=(*DECIDING, *ASKING),
        metavar="KIND",
        choices=get_args(HostKind),
    ),
    Option(
        name="host-url", help="the git host's web address, where the CI does not say", commands=(*DECIDING, *ASKING, *MAKING), metavar="URL"
    ),
    Option(
        name="repo",
        help="the repo: host.name/owner/repo, or owner/repo beside --host",
        commands=(*PULLS, *ASKING),
        metavar="ID",
    ),
    Option(
        name="pull-request",
        help="the pull request's number, where the CI does not say",
        commands=(*DECIDING, "doctor"),
        metavar="N",
        input=True,
    ),
    Option(
        name="head-sha",
        help="the head commit that this run was started for, where the CI does not say",
        commands=DECIDING,
        metavar="SHA",
    ),
    Option(name="base-branch", help="the base branch, where no pull request is at hand", commands=("projects", "validate"), metavar="NAME"),
    Option(name="facts", help="evaluate the facts in this file instead of asking the host", commands=SELECTING, metavar="FILE"),
    Option(
        name="changed-files", help="take the changed files from this file (- is standard input)", commands=("projects",), metavar="FILE"
    ),
    switch("all", "every project of atlantis.yaml, whatever changed", ("projects",)),
    Option(
        name="root",
        help="the checkout (default: the CI's workspace, else the working directory)",
        commands=PULLS,
        metavar="DIR",
        input=True,
    ),
)

FILES: Final = (
    Option(
        name="repos-yaml",
        help="the server config (repos.yaml), which must not come from the pull request",
        commands=PULLS,
        metavar="PATH",
        atlantis="ATLANTIS_REPO_CONFIG",
        input=True,
    ),
    Option(
        name="repo-config-json", help="the server config as JSON text", commands=PULLS, metavar="JSON", atlantis="ATLANTIS_REPO_CONFIG_JSON"
    ),
    Option(
        name="atlantis-yaml", help="read the repo config from this file instead of the repo", commands=PULLS, metavar="PATH", input=True
    ),
    Option(
        name="config",
        help="an Atlantis server's own config file: its flags that mean something here are taken",
        commands=(*PULLS, *ASKING),
        metavar="FILE",
        input=True,
    ),
)
