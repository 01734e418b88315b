"""The permissions that the gate uses on GitHub: one table that the docs, `doctor`, the App's token and the App's manifest share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

# https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
_LEVELS: Final = ("", "read", "write", "admin")


@frozen(kw_only=True)
class Permission:
    """One permission. `key` is its name in the API, `label` that on GitHub's pages.

    `least` is the access that a decision needs (empty: it can do without), `full` the one that everything needs. `later`: not in the first
    lists of permissions that such Apps were made with. `job`: the job's own token can have it; `fine_grained`: a fine-grained personal
    access token can.
    """

    key: str
    label: str
    purpose: str
    least: str
    full: str
    without: str
    later: bool = False
    job: bool = True
    fine_grained: bool = True

    @property
    def workflow_key(self) -> str:
        """Its name under `permissions:` in a workflow."""
        return self.key.replace("_", "-")


# https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
PERMISSIONS: Final = (
    Permission(
        key="metadata",
        label="Metadata",
        purpose="that the repository is seen at all, and its rulesets; GitHub grants it by itself",
        least="read",
        full="read",
        without="`undetermined`",
    ),
    Permission(
        key="contents",
        label="Contents",
        purpose="atlantis.yaml, the commits, what changed on the base branch",
        least="read",
        full="read",
        without="`undetermined`",
    ),
    Permission(
        key="pull_requests",
        label="Pull requests",
        purpose="the pull request, its reviews, conversations and files; to write: the comment",
        least="read",
        full="write",
        without="`undetermined`; with read alone no comment",
    ),
    Permission(
        key="checks",
        label="Checks",
        purpose="which required checks have passed",
        least="read",
        full="read",
        without="a blocked pull request is `undetermined`",
        # It is not among those offered: https://github.com/github/rest-api-description/issues/4290
        fine_grained=False,
    ),
    Permission(
        key="statuses",
        label="Commit statuses",
        purpose="which required statuses have passed; to write: the gate's own statuses",
        least="read",
        full="write",
        without="a blocked pull request is `undetermined`; with read alone no statuses",
    ),
    Permission(
        key="actions",
        label="Actions",
        purpose="which checks belong to this run, and required workflows",
        least="read",
        full="read",
        without="a pull request with a required check still running is `undetermined`",
        later=True,
    ),
    Permission(
        key="administration",
        label="Administration",
        purpose="what branch protection shows to administrators only: up-to-date branches, locked branches, required deployments",
        least="",
        full="read",
        without="a branch that is blocked by one of these is `undetermined`",
        later=True,
        job=False,
    ),
)
# What Atlantis' list of permissions holds and the gate has no use for: never asked for, named so that nobody looks for it.
# https://www.runatlantis.io/docs/access-credentials.html#github-app
UNUSED: Final = (
    Permission(
        key="members",
        label="Members",
        purpose="nothing: Atlantis reads with it who is in which team, and the gate does not ask",
        least="",
        full="read",
        without="nothing is missing",
        later=True,
        job=False,
    ),
)
_BY_KEY: Final = {permission.key: permission for permission in (*PERMISSIONS, *UNUSED)}


def permission(key: str) -> Permission:
    """Return the permission of that name in the API."""
    return _BY_KEY[key]


def allows(held: str, wanted: str) -> bool:
    """Tell whether one access covers another; an access that is not known covers nothing."""
    return held in _LEVELS and _LEVELS.index(held) >= _LEVELS.index(wanted)


def narrowed(granted: Mapping[str, str]) -> dict[str, str]:
    """Return the permissions to ask a token for: of those that the gate uses, what is granted, and no more access than it uses."""
    held = {item: granted[item.key] for item in PERMISSIONS if allows(granted.get(item.key, ""), "read")}
    return {item.key: item.full if allows(access, item.full) else access for item, access in held.items()}
