"""What the two configuration files say once they are read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from atlantis_gate.frozen import field, frozen
from atlantis_gate.model import Origin

if TYPE_CHECKING:
    from atlantis_gate.errors import Problem
    from atlantis_gate.model import Requirement
    from atlantis_gate.regex import Regex

POLICY_FLAG = Origin(option="--enable-policy-checks")
REQUIREMENT_KEYS = {"plan": "plan_requirements", "apply": "apply_requirements", "import": "import_requirements"}


@frozen
class Source:
    """A file's bytes and the name shown to people."""

    file: str
    data: bytes


@frozen(kw_only=True)
class Flags:
    """Options that act on the configuration. `require` maps a command to requirements that no file can remove."""

    require: Mapping[str, tuple[Requirement, ...]] = field(default_factory=dict)
    enable_policy_checks: bool = False
    autodiscover_mode: str = "auto"


class Setting(NamedTuple):
    """The value of a key and where it was written."""

    value: Any
    origin: Origin


Settings = Mapping[str, Setting]
NOTHING_SET: Settings = MappingProxyType({})


@frozen(kw_only=True)
class Step:
    """One step of a workflow's stage; None stands for "not set"."""

    step: str
    extra_args: tuple[str, ...] | None = None
    command: str = ""
    output: tuple[str, ...] | None = None
    env_name: str = ""
    env_value: str = ""
    shell: str | None = None
    shell_args: tuple[str, ...] | None = None
    filter_regexes: tuple[str, ...] | None = None


@frozen
class Workflow:
    """A workflow: its steps by stage (plan, apply, policy_check, import, state_rm)."""

    name: str
    stages: Mapping[str, tuple[Step, ...]]


@frozen(kw_only=True)
class Hook:
    """A command that Atlantis runs before or after its own; the gate runs none."""

    run: str = ""
    description: str = ""
    shell: str = ""
    shell_args: str = ""
    commands: str = ""


@frozen
class AutoDiscover:
    """An autodiscover block; `ignore_paths` is None when the key is not set."""

    mode: str
    ignore_paths: tuple[str, ...] | None


@frozen
class Owners:
    """Who may approve a policy that failed; None stands for nobody named."""

    users: tuple[str, ...] | None = None
    teams: tuple[str, ...] | None = None

    def include(self, user: str, teams: tuple[str, ...]) -> bool:
        """Tell whether a user, being in these teams, is an owner; upper and lower case are the same."""
        mine = {team.casefold() for team in teams}
        return user.casefold() in map(str.casefold, self.users or ()) or any(team.casefold() in mine for team in self.teams or ())


@frozen(kw_only=True)
class PolicySet:
    """A set of policies with what it inherits."""

    name: str
    path: str
    source: str
    owners: Owners
    approve_count: int
    sticky_policy_approvals: bool
    policy_item_regex: str
    prevent_self_approve: bool


@frozen(kw_only=True)
class Policies:
    """The policies block."""

    conftest_version: str | None = None
    owners: Owners = field(default_factory=Owners)
    approve_count: int = 1
    sticky_policy_approvals: bool = False
    policy_item_regex: str = "(?s).+"
    policy_sets: tuple[PolicySet, ...] = ()


@frozen(kw_only=True)
class Entry:
    """An entry of `repos`. Exactly one of `id` and `id_regex` is set; `settings` holds the keys that the entry sets."""

    id: str | None
    id_regex: Regex | None
    branch_regex: Regex | None
    repo_config_file: str
    settings: Settings
    origin: Origin
    branch_origin: Origin
    pre_workflow_hooks: tuple[Hook, ...] = ()
    post_workflow_hooks: tuple[Hook, ...] = ()

    def matches(self, repo_id: str) -> bool:
        """Tell whether the entry is about the repo `host/owner/name`."""
        return self.id == repo_id if self.id_regex is None else self.id_regex.search(repo_id)


@frozen(kw_only=True)
class ServerConfig:
    """repos.yaml: the built-in entry first, then the file's. `extras` holds the blocks that the gate only checks."""

    entries: tuple[Entry, ...]
    workflows: Mapping[str, Workflow]
    policies: Policies
    extras: Mapping[str, Any]
    policy_checks: bool
    warnings: tuple[Problem, ...] = ()


@frozen(kw_only=True)
class ConfiguredProject:
    """A project of atlantis.yaml as it is written; `settings` holds what overrides the server's, `origins` where the rest stands."""

    dir: str
    workspace: str
    name: str | None
    branch_regex: Regex | None
    when_modified: tuple[str, ...]
    autoplan_enabled: bool
    terraform_version: str | None
    terraform_distribution: str | None
    depends_on: tuple[str, ...] | None
    execution_order_group: int
    settings: Settings
    origins: Mapping[str, Origin]


@frozen(kw_only=True)
class RepoConfig:
    """atlantis.yaml: its projects after expansion and branch filter. `settings` holds the root keys that override the server's."""

    version: int
    projects: tuple[ConfiguredProject, ...]
    workflows: Mapping[str, Workflow]
    settings: Settings
    autodiscover: AutoDiscover | None
    allowed_regexp_prefixes: tuple[str, ...]
    extras: Mapping[str, Any]
    warnings: tuple[Problem, ...] = ()
