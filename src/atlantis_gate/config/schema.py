"""The keys of atlantis.yaml and repos.yaml: one table from which they are read, checked and described to editors.

Sources: https://www.runatlantis.io/docs/repo-level-atlantis-yaml, https://www.runatlantis.io/docs/server-side-repo-config,
https://www.runatlantis.io/docs/custom-workflows, https://www.runatlantis.io/docs/policy-checking.
"""

from __future__ import annotations

from atlantis_gate.config import rules
from atlantis_gate.config.kinds import Flag, Text, Whole
from atlantis_gate.config.steps import HookKind, StepKind
from atlantis_gate.config.structs import Items, Key, Struct, Table

REQUIREMENTS = ("approved", "mergeable", "undiverged")
OVERRIDES = (
    "plan_requirements",
    "apply_requirements",
    "import_requirements",
    "workflow",
    "delete_source_branch_on_merge",
    "repo_locking",
    "repo_locks",
    "policy_check",
    "custom_policy_check",
    "silence_pr_comments",
)
SILENCED = ("plan", "apply")
STAGES = ("plan", "apply", "policy_check", "import", "state_rm")
DISCOVERY_MODES = ("auto", "enabled", "disabled")
LOCK_MODES = ("disabled", "on_plan", "on_apply")

_OF_ENTRY = "; it belongs to an entry of `repos` in the server's repos.yaml"
_OF_PROJECT = "; it belongs to a project of the repository's own atlantis.yaml"
_OF_FILE = "; it belongs to the repository's own atlantis.yaml"
_SLASHED = r"^/[\s\S]*/$"
_TEXT, _FLAG = Text(), Flag()
_TEXTS = Items(_TEXT, "a list of texts")
_REQUIREMENT_KEYS = {
    f"{command}_requirements": Key(
        Items(Text(REQUIREMENTS, f"a requirement for {command}"), "a list of requirements"),
        f"What must hold before {command}: any of approved, mergeable and undiverged.",
    )
    for command in ("plan", "apply", "import")
}
_LOCK_MODE_TEXT = "When the project is locked for this pull request: on_plan (default), on_apply or disabled."
_LAX_LOCKS = Struct("`repo_locks`", {"mode": Key(Text(LOCK_MODES, "a lock mode", lax=True), _LOCK_MODE_TEXT)})
_STRICT_LOCKS = Struct("`repo_locks`", {"mode": Key(Text(LOCK_MODES, "a lock mode", blank=True), _LOCK_MODE_TEXT)})
_MODE_TEXT = "Whether directories without a project are discovered: auto (default; where no project is configured), enabled or disabled."
_IGNORED_TEXT = "Directories that are never discovered, as doublestar patterns relative to the root of the repository."
_LAX_DISCOVERY = Struct(
    "`autodiscover`",
    {"mode": Key(Text(DISCOVERY_MODES, "a discovery mode", lax=True), _MODE_TEXT), "ignore_paths": Key(_TEXTS, _IGNORED_TEXT)},
)
_STRICT_DISCOVERY = Struct(
    "`autodiscover`",
    {
        "mode": Key(Text(DISCOVERY_MODES, "a discovery mode", blank=True), _MODE_TEXT),
        "ignore_paths": Key(Items(Text(rule=rules.ignore_path), "a list of patterns"), _IGNORED_TEXT, json="IgnorePaths"),
    },
)
STAGE = Struct(
    "a stage",
    {"steps": Key(Items(StepKind(), "a list of steps"), "Steps that replace the built-in ones; [] means none.")},
    shared="stage",
)
WORKFLOW = Struct(
    "a workflow",
    {stage: Key(STAGE, f"The steps of {stage}; left out: the built-in steps.") for stage in STAGES},
    {"steps": "; put `steps` under a stage such as `plan`", "init": "; `init` is a step: put it under `steps` of a stage"},
)
WORKFLOWS = Table(WORKFLOW)

_OWNERS = Struct(
    "`owners`",
    {
        "users": Key(_TEXTS, "Names of users who may approve."),
        "teams": Key(_TEXTS, "Names of teams whose members may approve."),
    },
)
_SHARED_POLICY_KEYS = {
    "owners": Key(_OWNERS, "Who may approve a policy that failed."),
    "approve_count": Key(Whole(), "How many owners must approve; 1 unless set."),
    "sticky_policy_approvals": Key(_FLAG, "Keep approvals when the plan changes."),
    "policy_item_regex": Key(_TEXT, "What counts as one item in the output of a policy check."),
}
_POLICY_SET = Struct(
    "a policy set",
    {
        "name": Key(_TEXT, "The name of the set."),
        "path": Key(_TEXT, "The path of the policies."),
        "source": Key(_TEXT, "Where the policies are: local or github."),
        **_SHARED_POLICY_KEYS,
        "prevent_self_approve": Key(_FLAG, "Do not let authors approve their own pull requests."),
    },
)
POLICIES = Struct(
    "`policies`",
    {
        "conftest_version": Key(_TEXT, "The version of conftest."),
        **_SHARED_POLICY_KEYS,
        "policy_sets": Key(Items(_POLICY_SET, "a list of policy sets"), "The policies to check."),
    },
)
_BOTH = {
    "delete_source_branch_on_merge": Key(_FLAG, "Delete the source branch once the pull request is merged."),
    "silence_pr_comments": Key(
        Items(Text(SILENCED, "a command that can be silenced", lax=True), "a list of commands"), "Commands whose comments are not posted."
    ),
    "repo_locks": Key(_LAX_LOCKS, "When projects are locked."),
}
_PROJECT_FLAGS = {
    "repo_locking": Key(_FLAG, "Deprecated; use repo_locks."),
    "policy_check": Key(_FLAG, "Whether policies are checked."),
    "custom_policy_check": Key(_FLAG, "Whether policies are checked by custom steps."),
}
_AUTOPLAN = Struct(
    "`autoplan`",
    {
        "enabled": Key(_FLAG, "Plan by itself when a pull request is opened or updated; true unless set."),
        "when_modified": Key(_TEXTS, "Which changed files concern the project: patterns relative to its directory, `!` excludes."),
    },
)
PROJECT = Struct(
    "a project",
    {
        "dir": Key(
            Text(rule=rules.project_dir, shape=r"^(?![\s\S]*\.\.)[\s\S]+$"),
            "The directory of the project, relative to the root of the repository; with * ? [ a pattern for several.",
            required="a project needs a `dir`; write `dir: .` for the root of the repository",
        ),
        "name": Key(
            Text(rule=rules.project_name, shape="^[A-Za-z0-9._~/-]+$"),
            "A unique name; needed when several projects share a directory and workspace.",
        ),
        "workspace": Key(
            Text(rule=rules.workspace, shape=r"^(?![-~])(?!\.$)(?![\s\S]*(\.\.|[/\\$\s]))"), "The terraform workspace; default unless set."
        ),
        "branch": Key(
            Text(rule=rules.expression, shape=_SLASHED), "The base branches that the project is for: a regular expression between slashes."
        ),
        "workflow": Key(_TEXT, "The name of a workflow of this file or of the server."),
        "terraform_version": Key(Text(rule=rules.version, shape=r"^v?[0-9][0-9A-Za-z.+~-]*$"), "The version of terraform."),
        "terraform_distribution": Key(
            Text(("terraform", "opentofu"), "a terraform distribution"), "terraform or opentofu; the server's unless set."
        ),
        **_REQUIREMENT_KEYS,
        "autoplan": Key(_AUTOPLAN, "Which changes concern the project, and whether it is planned by itself."),
        "depends_on": Key(_TEXTS, "Names of projects that must be applied first."),
        "execution_order_group": Key(Whole(), "Projects of a lower group come first; 0 unless set."),
        **_BOTH,
        **_PROJECT_FLAGS,
    },
    dict.fromkeys(("allowed_overrides", "allow_custom_workflows", "allowed_workflows"), _OF_ENTRY),
)
ATLANTIS_YAML = Struct(
    "atlantis.yaml",
    {
        "version": Key(
            Whole((2, 3)),
            "The version of this format: 3; 2 differs only in how run commands are split.",
            required="`version` is required; write `version: 3`",
        ),
        "projects": Key(Items(PROJECT, "a list of projects"), "The projects of the repository."),
        "workflows": Key(WORKFLOWS, "Workflows by name; the server must allow them."),
        "automerge": Key(_FLAG, "Merge the pull request once everything is applied."),
        "parallel_plan": Key(_FLAG, "Plan projects in parallel."),
        "parallel_apply": Key(_FLAG, "Apply projects in parallel."),
        **_BOTH,
        "autodiscover": Key(_LAX_DISCOVERY, "Whether directories without a project are discovered; the server's setting wins."),
        "allowed_regexp_prefixes": Key(_TEXTS, "With regular expressions as project names: how they must begin to match several."),
        "abort_on_execution_order_fail": Key(_FLAG, "Stop when a project of a lower group fails."),
        "emoji_reaction": Key(_TEXT, "Without effect in Atlantis."),
        "policies": Key(POLICIES, "Without effect here; policies belong into the server's file."),
    },
    dict.fromkeys(("allowed_overrides", "allow_custom_workflows", "allowed_workflows", "id", "repos"), _OF_ENTRY)
    | dict.fromkeys(("workflow", "autoplan", *_REQUIREMENT_KEYS, *_PROJECT_FLAGS), "; it belongs to a project"),
)
REPO = Struct(
    "a repos entry",
    {
        "id": Key(
            Text(rule=rules.repo_id, shape=r"^(?!/$)[\s\S]"),
            "The repositories the entry is for: host/owner/name, or a regular expression between slashes.",
            required="a repos entry needs an `id`; write `host/owner/repo`, or `/.*/` for every repository",
        ),
        "branch": Key(
            Text(rule=rules.server_branch, shape=f"^$|{_SLASHED}"),
            "The base branches that commands may run on: a regular expression between slashes.",
        ),
        "repo_config_file": Key(
            Text(rule=rules.repo_config_file, shape=r"^(?!/)(?![\s\S]*\.\.[/\\])"),
            "The path of the repository's own file; atlantis.yaml unless set.",
        ),
        **_REQUIREMENT_KEYS,
        "workflow": Key(_TEXT, "The name of the workflow."),
        "allowed_workflows": Key(_TEXTS, "The workflows that the repository may choose from; all when empty."),
        "allowed_overrides": Key(
            Items(Text(OVERRIDES, "a key that can be overridden"), "a list of keys"), "Keys that the repository may set."
        ),
        "allow_custom_workflows": Key(_FLAG, "Let the repository define workflows of its own."),
        "delete_source_branch_on_merge": _BOTH["delete_source_branch_on_merge"],
        **_PROJECT_FLAGS,
        "repo_locks": Key(_STRICT_LOCKS, "When projects are locked."),
        "autodiscover": Key(_STRICT_DISCOVERY, "Whether directories without a project are discovered."),
        "silence_pr_comments": Key(
            Items(Text(SILENCED, "a command that can be silenced"), "a list of commands"), "Commands without comments."
        ),
        "pre_workflow_hooks": Key(Items(HookKind(), "a list of hooks"), "Commands that Atlantis runs before its own; the gate runs none."),
        "post_workflow_hooks": Key(Items(HookKind(), "a list of hooks"), "Commands that Atlantis runs after its own; the gate runs none."),
    },
    dict.fromkeys(("dir", "workspace", "autoplan", "terraform_version", "projects"), _OF_PROJECT)
    | dict.fromkeys(("automerge", "parallel_plan", "parallel_apply"), _OF_FILE),
)
_STATSD = Struct(
    "`statsd`",
    {
        "host": Key(
            Text(rule=rules.statsd_host, shape="^[A-Za-z0-9._:-]+$"), "An IP address or DNS name.", required="`host` cannot be blank"
        ),
        "port": Key(Text(rule=rules.statsd_port, shape="^[-+]?[0-9]+$"), "The port.", required="`port` cannot be blank"),
    },
)
_PROMETHEUS = Struct(
    "`prometheus`",
    {"endpoint": Key(Text(rule=rules.endpoint, shape="."), "The path, such as /metrics.", required="`endpoint` cannot be blank")},
)
METRICS = Struct(
    "`metrics`", {"statsd": Key(_STATSD, "Send metrics to statsd."), "prometheus": Key(_PROMETHEUS, "Offer metrics to prometheus.")}
)
_S3 = Struct(
    "`s3`",
    {
        "bucket": Key(_TEXT, "The bucket."),
        "region": Key(_TEXT, "The region."),
        "prefix": Key(_TEXT, "What the names of objects begin with."),
        "endpoint": Key(_TEXT, "Another endpoint than Amazon's."),
        "force_path_style": Key(_FLAG, "Address the bucket by path."),
        "profile": Key(_TEXT, "The profile of the AWS configuration."),
    },
)
_PLAN_STORE = Struct("`plan_store`", {"type": Key(_TEXT, "The kind of store: s3."), "s3": Key(_S3, "Where plans are stored.")})
STORES = Struct("`external_stores`", {"plan_store": Key(_PLAN_STORE, "Where plans are kept outside the server's disk.")})
TEAM_AUTHZ = Struct(
    "`team_authz`", {"command": Key(_TEXT, "The command that decides who may run what."), "args": Key(_TEXTS, "Its arguments.")}
)
REPOS_YAML = Struct(
    "repos.yaml",
    {
        "repos": Key(Items(REPO, "a list of repos entries"), "Settings of repositories; for each key the last matching entry wins."),
        "workflows": Key(WORKFLOWS, "Workflows by name."),
        "policies": Key(POLICIES, "The policies to check."),
        "metrics": Key(METRICS, "Where Atlantis reports its metrics."),
        "team_authz": Key(TEAM_AUTHZ, "A command that decides who may run what."),
        "external_stores": Key(STORES, "Where Atlantis keeps plans."),
    },
    dict.fromkeys(REPO.names, "; it belongs to an entry of `repos`")
    | dict.fromkeys(("version", "projects", "automerge", "parallel_plan", "parallel_apply"), _OF_FILE),
)
