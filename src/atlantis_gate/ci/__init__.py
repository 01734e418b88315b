"""CIs: what one must tell and take, and which there are."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol

from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.ci.logs import Log
    from atlantis_gate.decisions import Annotation
    from atlantis_gate.model import PullRequestRef, Run


@frozen(kw_only=True)
class Publication:
    """What a run tells its CI. `outputs` are final strings, `summary` is Markdown, both free of anything a CI would obey.

    `junit` is the same as a JUnit report (XML), for CIs that show tests; empty where there was nothing to report.
    """

    outputs: Mapping[str, str]
    summary: str
    annotations: tuple[Annotation, ...] = ()
    junit: str = ""


class CI(Protocol):
    """One CI system, implemented by a module."""

    NAME: str
    # The variable that tells this CI from others.
    MARKER: str
    # How its job log shows what is printed.
    LOG: Log

    def detect(self, env: Mapping[str, str]) -> bool:
        """Tell whether this environment is that CI's."""

    def read(self, env: Mapping[str, str], explicit: PullRequestRef | None) -> Run:
        """Read which pull request the run is about; `explicit` (from options) wins. Raises CIError naming the variable that is wrong."""

    def publish(self, env: Mapping[str, str], publication: Publication, command: Callable[[str], None]) -> None:
        """Hand over outputs, summary and annotations; `command` prints one workflow command. Raises CIError."""


# One line a CI: its module and the variables that mark it. A module is imported only where one of its variables is set.
# Order matters: a CI that imitates another one, or shares its variables, comes before it.
CIS: Final[Mapping[str, tuple[str, ...]]] = {
    "gitea_actions": ("GITEA_ACTIONS", "FORGEJO_ACTIONS"),
    "github_actions": ("GITHUB_ACTIONS",),
    "gitlab_ci": ("GITLAB_CI",),
    "azure_pipelines": ("TF_BUILD",),
    "bitbucket_pipelines": ("BITBUCKET_PIPELINE_UUID",),
    "circleci": ("CIRCLECI",),
    "buildkite": ("BUILDKITE",),
    "woodpecker": ("CI",),
    "jenkins": ("JENKINS_URL",),
}
MARKERS: Final = tuple(dict.fromkeys(marker for markers in CIS.values() for marker in markers))


def detect(env: Mapping[str, str]) -> CI | None:
    """Return the CI whose environment this is, None when it is none that the gate knows."""
    for name, markers in CIS.items():
        if any(env.get(marker) for marker in markers):
            ci: CI = import_module(f"atlantis_gate.ci.{name}")
            if ci.detect(env):
                return ci
    return None
