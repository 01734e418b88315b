"""Options that an Atlantis server has under the same name."""

from __future__ import annotations

from typing import Final

from atlantis_gate.settings.option import JUDGING, READING_CONFIG, SELECTING, Option, switch

# https://www.runatlantis.io/docs/server-configuration.html#autoplan-file-list
DEFAULT_FILE_LIST: Final = (
    "**/*.tf,**/*.tf.json,**/*.tfvars,**/*.tfvars.json,**/*.tofu,**/*.tofu.json,**/terragrunt.hcl,**/.terraform.lock.hcl"
)

ATLANTIS: Final = (
    switch(
        "gh-allow-mergeable-bypass-apply",
        "on GitHub, checks under VCS-STATUS-NAME/apply do not count for mergeable",
        JUDGING,
        atlantis="ATLANTIS_GH_ALLOW_MERGEABLE_BYPASS_APPLY",
        is_input=True,
    ),
    Option(
        name="vcs-status-name",
        help="the status name of an Atlantis server whose apply checks are bypassed",
        commands=JUDGING,
        metavar="NAME",
        default="atlantis",
        atlantis="ATLANTIS_VCS_STATUS_NAME",
        input=True,
    ),
    Option(
        name="ignore-vcs-status-names",
        help="status names of other Atlantis servers, whose plan and apply checks are bypassed too",
        commands=JUDGING,
        kind="list",
        metavar="LIST",
        atlantis="ATLANTIS_IGNORE_VCS_STATUS_NAMES",
        input=True,
    ),
    switch("allow-fork-prs", "evaluate pull requests from forks", JUDGING, atlantis="ATLANTIS_ALLOW_FORK_PRS", is_input=True),
    Option(
        name="repo-allowlist",
        help="only these repos, as host.name/owner/repo with * and !",
        commands=JUDGING,
        kind="list",
        metavar="LIST",
        atlantis="ATLANTIS_REPO_ALLOWLIST",
        input=True,
    ),
    Option(
        name="autoplan-file-list",
        help="which files count when directories are discovered",
        commands=SELECTING,
        kind="list",
        metavar="LIST",
        default=DEFAULT_FILE_LIST,
        atlantis="ATLANTIS_AUTOPLAN_FILE_LIST",
        input=True,
    ),
    switch(
        "autoplan-modules",
        "a changed module touches the projects that use it",
        SELECTING,
        atlantis="ATLANTIS_AUTOPLAN_MODULES",
        is_input=True,
    ),
    Option(
        name="autoplan-modules-from-projects",
        help="look for module users only from files of these patterns",
        commands=SELECTING,
        kind="list",
        metavar="LIST",
        atlantis="ATLANTIS_AUTOPLAN_MODULES_FROM_PROJECTS",
    ),
    Option(
        name="autodiscover-mode",
        help="whether directories are discovered where no file says",
        commands=READING_CONFIG,
        metavar="MODE",
        default="auto",
        choices=("auto", "enabled", "disabled"),
        atlantis="ATLANTIS_AUTODISCOVER_MODE",
        input=True,
    ),
    switch("enable-regexp-cmd", "--project is a regular expression", SELECTING, atlantis="ATLANTIS_ENABLE_REGEXP_CMD", is_input=True),
    switch(
        "enable-policy-checks",
        "apply also asks for policies_passed",
        READING_CONFIG,
        atlantis="ATLANTIS_ENABLE_POLICY_CHECKS",
        is_input=True,
    ),
    switch(
        "restrict-file-list", "a targeted plan must stay inside the changed directories", SELECTING, atlantis="ATLANTIS_RESTRICT_FILE_LIST"
    ),
    Option(
        name="default-tf-distribution",
        help="terraform or opentofu: which files may name a Terraform Cloud workspace",
        commands=SELECTING,
        metavar="NAME",
        default="terraform",
        choices=("terraform", "opentofu"),
        atlantis="ATLANTIS_DEFAULT_TF_DISTRIBUTION",
    ),
    switch(
        "require-approval", "apply asks for approved everywhere (Atlantis' old flag)", READING_CONFIG, atlantis="ATLANTIS_REQUIRE_APPROVAL"
    ),
    switch(
        "require-mergeable",
        "apply asks for mergeable everywhere (Atlantis' old flag)",
        READING_CONFIG,
        atlantis="ATLANTIS_REQUIRE_MERGEABLE",
    ),
    switch("require-undiverged", "apply asks for undiverged everywhere", READING_CONFIG, atlantis="ATLANTIS_REQUIRE_UNDIVERGED"),
)
