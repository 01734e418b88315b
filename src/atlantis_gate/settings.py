"""Every option once: its flag, environment names, action input, default and help. All that lists options is made from this table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from atlantis_gate.model import HostKind

Kind = Literal["text", "switch", "list", "number"]

# https://www.runatlantis.io/docs/server-configuration.html#autoplan-file-list
DEFAULT_FILE_LIST: Final = (
    "**/*.tf,**/*.tf.json,**/*.tfvars,**/*.tfvars.json,**/*.tofu,**/*.tofu.json,**/terragrunt.hcl,**/.terraform.lock.hcl"
)

_DECIDING = ("check", "record")
_READING_CONFIG = ("check", "projects", "validate")
_SELECTING = ("check", "projects")
_ALL = ("check", "record", "projects", "validate")


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option. `atlantis` is the name of its variable where Atlantis has one; `commands` are the subcommands that take it.

    `input` tells whether it is an input of the GitHub Action; `metavar` is empty for a switch.
    """

    name: str
    help: str
    commands: tuple[str, ...]
    kind: Kind = "text"
    metavar: str = ""
    default: str = ""
    short: str = ""
    choices: tuple[str, ...] = ()
    atlantis: str = ""
    input: bool = False

    @property
    def attribute(self) -> str:
        """The option's name as a Python name."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable that the option reads: Atlantis' own where it has one."""
        return self.atlantis or f"ATLANTIS_GATE_{self.attribute.upper()}"

    @property
    def input_variable(self) -> str:
        """The variable that a GitHub Action's input of this name arrives in."""
        # https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#inputs (hyphens stay)
        return f"INPUT_{self.name.upper()}"


def _switch(name: str, text: str, commands: tuple[str, ...], *, atlantis: str = "", is_input: bool = False) -> Option:
    return Option(name=name, help=text, commands=commands, kind="switch", default="false", atlantis=atlantis, input=is_input)


_WHAT: Final = (
    Option(
        name="command",
        help="the command to gate",
        commands=_DECIDING,
        metavar="NAME",
        default="apply",
        choices=("plan", "apply", "import"),
        input=True,
    ),
    Option(
        name="require",
        help="requirements (approved, mergeable, undiverged) that no file can remove",
        commands=_SELECTING,
        kind="list",
        metavar="LIST",
        input=True,
    ),
    Option(name="project", short="-p", help="only the project of this name", commands=_SELECTING, metavar="NAME", input=True),
    Option(name="dir", short="-d", help="only the projects in this directory", commands=_SELECTING, metavar="DIR", input=True),
    Option(
        name="workspace", short="-w", help="only the projects of this Terraform workspace", commands=_SELECTING, metavar="NAME", input=True
    ),
    Option(
        name="planned-on",
        help="the base commit that the plan was made on, or merge-commit for the base parent of the merge that this run checked out",
        commands=_DECIDING,
        metavar="SHA",
        input=True,
    ),
)

_WHERE: Final = (
    Option(name="host", help="the git host, where the CI does not say", commands=_DECIDING, metavar="KIND", choices=get_args(HostKind)),
    Option(name="host-url", help="the git host's web address, where the CI does not say", commands=_DECIDING, metavar="URL"),
    Option(
        name="repo",
        help="the repo: host.name/owner/repo, or owner/repo beside --host",
        commands=_ALL,
        metavar="ID",
    ),
    Option(name="pull-request", help="the pull request's number, where the CI does not say", commands=_DECIDING, metavar="N", input=True),
    Option(
        name="head-sha",
        help="the head commit that this run was started for, where the CI does not say",
        commands=_DECIDING,
        metavar="SHA",
    ),
    Option(name="base-branch", help="the base branch, where no pull request is at hand", commands=("projects", "validate"), metavar="NAME"),
    Option(name="facts", help="evaluate the facts in this file instead of asking the host", commands=_SELECTING, metavar="FILE"),
    Option(
        name="changed-files", help="take the changed files from this file (- is standard input)", commands=("projects",), metavar="FILE"
    ),
    _switch("all", "every project of atlantis.yaml, whatever changed", ("projects",)),
    Option(
        name="root", help="the checkout (default: the CI's workspace, else the working directory)", commands=_ALL, metavar="DIR", input=True
    ),
)

_FILES: Final = (
    Option(
        name="repos-yaml",
        help="the server config (repos.yaml), which must not come from the pull request",
        commands=_ALL,
        metavar="PATH",
        atlantis="ATLANTIS_REPO_CONFIG",
        input=True,
    ),
    Option(
        name="repo-config-json", help="the server config as JSON text", commands=_ALL, metavar="JSON", atlantis="ATLANTIS_REPO_CONFIG_JSON"
    ),
    Option(name="atlantis-yaml", help="read the repo config from this file instead of the repo", commands=_ALL, metavar="PATH", input=True),
    Option(
        name="config",
        help="an Atlantis server's own config file: its flags that mean something here are taken",
        commands=_ALL,
        metavar="FILE",
        input=True,
    ),
)

_ATLANTIS: Final = (
    _switch(
        "gh-allow-mergeable-bypass-apply",
        "on GitHub, checks under VCS-STATUS-NAME/apply do not count for mergeable",
        ("check",),
        atlantis="ATLANTIS_GH_ALLOW_MERGEABLE_BYPASS_APPLY",
        is_input=True,
    ),
    Option(
        name="vcs-status-name",
        help="the status name of an Atlantis server whose apply checks are bypassed",
        commands=("check",),
        metavar="NAME",
        default="atlantis",
        atlantis="ATLANTIS_VCS_STATUS_NAME",
        input=True,
    ),
    Option(
        name="ignore-vcs-status-names",
        help="status names of other Atlantis servers, whose plan and apply checks are bypassed too",
        commands=("check",),
        kind="list",
        metavar="LIST",
        atlantis="ATLANTIS_IGNORE_VCS_STATUS_NAMES",
        input=True,
    ),
    _switch("allow-fork-prs", "evaluate pull requests from forks", ("check",), atlantis="ATLANTIS_ALLOW_FORK_PRS", is_input=True),
    Option(
        name="repo-allowlist",
        help="only these repos, as host.name/owner/repo with * and !",
        commands=("check",),
        kind="list",
        metavar="LIST",
        atlantis="ATLANTIS_REPO_ALLOWLIST",
        input=True,
    ),
    Option(
        name="autoplan-file-list",
        help="which files count when directories are discovered",
        commands=_SELECTING,
        kind="list",
        metavar="LIST",
        default=DEFAULT_FILE_LIST,
        atlantis="ATLANTIS_AUTOPLAN_FILE_LIST",
        input=True,
    ),
    _switch(
        "autoplan-modules",
        "a changed module touches the projects that use it",
        _SELECTING,
        atlantis="ATLANTIS_AUTOPLAN_MODULES",
        is_input=True,
    ),
    Option(
        name="autoplan-modules-from-projects",
        help="look for module users only from files of these patterns",
        commands=_SELECTING,
        kind="list",
        metavar="LIST",
        atlantis="ATLANTIS_AUTOPLAN_MODULES_FROM_PROJECTS",
    ),
    Option(
        name="autodiscover-mode",
        help="whether directories are discovered where no file says",
        commands=_READING_CONFIG,
        metavar="MODE",
        default="auto",
        choices=("auto", "enabled", "disabled"),
        atlantis="ATLANTIS_AUTODISCOVER_MODE",
        input=True,
    ),
    _switch("enable-regexp-cmd", "--project is a regular expression", _SELECTING, atlantis="ATLANTIS_ENABLE_REGEXP_CMD", is_input=True),
    _switch(
        "enable-policy-checks",
        "apply also asks for policies_passed",
        _READING_CONFIG,
        atlantis="ATLANTIS_ENABLE_POLICY_CHECKS",
        is_input=True,
    ),
    _switch(
        "restrict-file-list", "a targeted plan must stay inside the changed directories", _SELECTING, atlantis="ATLANTIS_RESTRICT_FILE_LIST"
    ),
    Option(
        name="default-tf-distribution",
        help="terraform or opentofu: which files may name a Terraform Cloud workspace",
        commands=_SELECTING,
        metavar="NAME",
        default="terraform",
        choices=("terraform", "opentofu"),
        atlantis="ATLANTIS_DEFAULT_TF_DISTRIBUTION",
    ),
    _switch(
        "require-approval", "apply asks for approved everywhere (Atlantis' old flag)", _READING_CONFIG, atlantis="ATLANTIS_REQUIRE_APPROVAL"
    ),
    _switch(
        "require-mergeable",
        "apply asks for mergeable everywhere (Atlantis' old flag)",
        _READING_CONFIG,
        atlantis="ATLANTIS_REQUIRE_MERGEABLE",
    ),
    _switch("require-undiverged", "apply asks for undiverged everywhere", _READING_CONFIG, atlantis="ATLANTIS_REQUIRE_UNDIVERGED"),
)

_REPORTING: Final = (
    Option(
        name="format",
        help="how the result is printed",
        commands=_ALL,
        metavar="FORM",
        default="text",
        choices=("text", "json"),
    ),
    Option(name="decision-file", help="write the decision document to this file", commands=("check",), metavar="FILE", input=True),
    Option(name="output", short="-o", help="write the facts to this file instead of printing them", commands=("record",), metavar="FILE"),
    _switch("no-status", "post no commit status", ("check",), is_input=True),
    Option(
        name="status-name",
        help="the name that the gate's commit statuses begin with",
        commands=_DECIDING,
        metavar="NAME",
        default="atlantis-gate",
        input=True,
    ),
    Option(
        name="comment",
        help="when to write the pull request comment",
        commands=("check",),
        metavar="WHEN",
        default="blocked",
        choices=("blocked", "always", "never"),
        input=True,
    ),
    Option(
        name="timeout",
        help="seconds that the whole run may take",
        commands=_DECIDING,
        kind="number",
        metavar="SECONDS",
        default="300",
        input=True,
    ),
)

OPTIONS: Final[tuple[Option, ...]] = (*_WHAT, *_WHERE, *_FILES, *_ATLANTIS, *_REPORTING)
