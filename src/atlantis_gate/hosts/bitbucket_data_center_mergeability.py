"""What keeps a pull request of Bitbucket Data Center from being merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from atlantis_gate.model import Blocker, Mergeability, Unknown

if TYPE_CHECKING:
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.bitbucket_data_center_builds import Builds
    from atlantis_gate.model import PullRequest

# How the merge checks about builds begin their veto: https://github.com/yontrack/yontrack/issues/1120
_BUILDS: Final = "required builds"


@frozen
class Veto:
    """A merge check that says no: in short, and in full."""

    summary: str
    text: str

    @property
    def about_builds(self) -> bool:
        """Tell whether it waits for builds."""
        return _BUILDS in self.summary.casefold()


@frozen
class Test:
    """Bitbucket's answer to whether a pull request can be merged; `computing` while it does not know yet."""

    can_merge: bool
    conflicted: bool
    computing: bool
    vetoes: tuple[Veto, ...]


def test_of(node: Node) -> Test:
    """Read the answer.

    https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-pull-requests/#api-api-latest-projects-projectkey-repos-repositoryslug-pull-requests-pullrequestid-merge-get
    """
    vetoes = tuple(map(_veto, node.nodes("vetoes"))) if node.fields.get("vetoes") is not None else ()
    return Test(
        can_merge=node.flag("canMerge"),
        conflicted=node.flag("conflicted"),
        computing=node.maybe_text("outcome") == "UNKNOWN",
        vetoes=vetoes,
    )


def _veto(node: Node) -> Veto:
    summary, detail = node.maybe_text("summaryMessage") or "", node.maybe_text("detailedMessage") or ""
    return Veto(summary or detail or "a merge check", ": ".join(filter(None, (summary, detail))) or "a merge check says no")


def needs_builds(test: Test) -> bool:
    """Tell whether a single veto, about builds, is all that is in the way: then it may be the gate's own build that lacks."""
    return not test.conflicted and len(test.vetoes) == 1 and test.vetoes[0].about_builds


def mergeability(test: Test, pull: PullRequest, builds: Builds | None) -> Mergeability | Unknown:
    """Name what blocks; `builds` was looked into where a single veto waits for builds."""
    blockers = []
    if test.conflicted:
        blockers.append(Blocker("conflict", "conflict", f"it conflicts with {pull.base_branch}"))
    if pull.draft:
        blockers.append(Blocker("draft", "draft", "it is a draft"))
    lacking = f" ({'; '.join(builds.lacking)})" if builds and builds.lacking else ""
    own = builds is not None and builds.only_own
    blockers += [Blocker("veto", veto.summary, f"{veto.text}{lacking}", own=own) for veto in test.vetoes]
    if not test.can_merge and not blockers:
        return Unknown(
            "Bitbucket says that it cannot be merged and does not say why: open the pull request, and check the token's permissions"
        )
    return Mergeability(tuple(blockers))
