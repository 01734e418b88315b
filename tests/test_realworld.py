"""Configuration files of public repositories are accepted, or refused with a place for a reason that was checked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.config import Flags, Source, load_repo, load_server
from atlantis_gate.errors import ConfigError
from config.files import EVERYTHING, REPO, server

if TYPE_CHECKING:
    from pathlib import Path

    from atlantis_gate.errors import Problem

# Why a file is refused. Each was compared with Atlantis' rules.
SYNTAX = "this is not valid YAML"
UNKNOWN_KEY = "has no key"
UNKNOWN_OPTION = "has no option"
ELSEWHERE = "is not defined anywhere"  # in the server's own file, which is not here
UNDEFINED = "is not defined in this file"
STRAY_COLON = "without options write"
TWO_KEYS = "a step has a single key"
FOREIGN_OPTION = "is not a step that takes these options"
NO_RELEASE = "is not a version"  # a placeholder of a template
NO_SLASHES = "must be a regular expression between slashes"
TWICE = "is already there on line"
EMPTY = "`version` is required"  # the file holds nothing

# The refused files with the line and the reason of the first problem; all others are accepted.
REFUSED = {
    "atlantis/1995-Kiran__atlantis-github__atlantis.yaml": (19, SYNTAX),
    "atlantis/AirDRoN-lab__devops-netology__homeworks-07-terraform-04-teamwork-atlantis.yaml": (31, STRAY_COLON),
    "atlantis/AirDRoN-lab__devops-netology__terraform-atlantis--e2f92f97.yaml": (23, STRAY_COLON),
    "atlantis/AnsonYe__GitOps-Atlantis__atlantis.yaml": (6, ELSEWHERE),
    "atlantis/Barsmiko1__orion-atlantis-eks-deployment__atlantis--6aed2a40.yaml": (13, ELSEWHERE),
    "atlantis/Barsmiko1__orion-atlantis-eks-deployment__atlantis--93508fae.yaml": (12, ELSEWHERE),
    "atlantis/Bright-04__terraform-atlantis-workshop__atlantis--e7862717.yaml": (59, UNKNOWN_KEY),
    "atlantis/Bright-04__terraform-atlantis-workshop__atlantis--f7682806.yaml": (24, UNKNOWN_KEY),
    "atlantis/Bright-04__terraform-atlantis-workshop__atlantis.yaml": (11, ELSEWHERE),
    "atlantis/CloudGeometry__cg-devx-wl-gitops-template__atlantis.yaml": (5, NO_RELEASE),
    "atlantis/DevOpsPlayground__atlantis-automation__atlantis.yaml": (14, UNKNOWN_KEY),
    "atlantis/InsecureCorp__terraform-gcp__atlantis--a51cc46c.yaml": (11, SYNTAX),
    "atlantis/IslaHoe__tf_test_module__atlantis--32f5b80c.yaml": (11, UNKNOWN_KEY),
    "atlantis/IslaHoe__tf_test_module__atlantis--469aca7e.yaml": (15, UNKNOWN_KEY),
    "atlantis/IslaHoe__tf_test_module__atlantis--4b3f4944.yaml": (11, UNKNOWN_KEY),
    "atlantis/IslaHoe__tf_test_module__atlantis--98608012.yaml": (16, TWO_KEYS),
    "atlantis/IslaHoe__tf_test_module__atlantis.yaml": (11, ELSEWHERE),
    "atlantis/Xyic0re__gitops-with-atlantis__config-atlantis.yaml": (6, ELSEWHERE),
    "atlantis/akbar-eurus__docker-atlantis__config-atlantis.yaml": (12, ELSEWHERE),
    "atlantis/artusiep__atlantis-demo__atlantis--e69de29b.yaml": (1, EMPTY),
    "atlantis/binbashar__le-tf-infra-aws__atlantis--0d4540b8.yaml": (11, UNKNOWN_KEY),
    "atlantis/blackopslab__tf-atlantis-elk__atlantis--3e2ffacf.yaml": (7, TWO_KEYS),
    "atlantis/blackopslab__tf-atlantis-elk__atlantis--52e355ca.yaml": (27, FOREIGN_OPTION),
    "atlantis/blackopslab__tf-atlantis-elk__atlantis--5723c0ad.yaml": (19, UNKNOWN_OPTION),
    "atlantis/blackopslab__tf-atlantis-elk__atlantis--d02c3759.yaml": (27, FOREIGN_OPTION),
    "atlantis/cjhouser__timesink__infrastructure-atlantis--38d32f0a.yaml": (6, NO_SLASHES),
    "atlantis/devops-roast__terramate-atlantis-config__testdata-with_globals-expected.yaml": (8, ELSEWHERE),
    "atlantis/devopscorner__devopscorner-atlantis__builder-atlantis-v4.25.2.yaml": (31, ELSEWHERE),
    "atlantis/diggerhq__digger__libs-digger_config-terragrunt-tac-golden-withProjectNameAndAliasDelimiter.yaml": (13, UNKNOWN_KEY),
    "atlantis/gracebrickley__opentofudemo__atlantis--b2aa9cc6.yaml": (131, UNKNOWN_KEY),
    "atlantis/lyft__atlantis__server-controllers-events-testfixtures-test-repos-platform-mode-disabled-apply-atlantis--b2a27a8e.yaml": (
        5,
        UNKNOWN_KEY,
    ),
    "atlantis/proto-at-block__bitkey__atlantis--e8162d7a.yaml": (7, ELSEWHERE),
    "atlantis/proto-at-block__bitkey__terraform-atlantis.yaml": (15, ELSEWHERE),
    "atlantis/yerimm99__olivesafety-day2-ops__atlantis--3dc4b258.yaml": (26, SYNTAX),
    "repos/1995-Kiran__atlantis-github__repos--cd82d112.yaml": (10, UNKNOWN_KEY),
    "repos/1995-Kiran__atlantis-github__repos.yaml": (5, UNKNOWN_KEY),
    "repos/AParasxidis__atlantis-terragrunt__repos--9692713f.yaml": (18, UNDEFINED),
    "repos/Bright-04__terraform-atlantis-workshop__server-config--baf2149e.yaml": (13, TWICE),
    "repos/GeetaSree13__terraform_new__repos--7f02ae1a.yaml": (1, UNKNOWN_KEY),
    "repos/GeetaSree13__terraform_new__repos--c912e94c.yaml": (1, UNKNOWN_KEY),
    "repos/GeetaSree13__terraform_new__repos.yaml": (1, UNKNOWN_KEY),
    "repos/Nb3l77eo__testrepo__atlantis-repo-config--87affe47.yaml": (55, STRAY_COLON),
    "repos/Xyic0re__gitops-with-atlantis__config-repos.yaml": (16, SYNTAX),
    "repos/brnck__terraform-eks__atlantis-values-embedded.yaml": (4, UNKNOWN_KEY),
    "repos/gracebrickley__opentofudemo__atlantis-repos--70d84502.yaml": (14, UNDEFINED),
    "repos/lyft__atlantis__repo-config-dev-template--e1e7e6fe.yaml": (4, UNKNOWN_KEY),
    "repos/ryu-qqq__Infrastructure__terraform-atlantis-repos--75dac883.yaml": (53, UNKNOWN_KEY),
}


def verdict(path: Path) -> tuple[Problem, ...]:
    """Return the problems of a file, none when it is accepted."""
    source = Source(path.name, path.read_bytes())
    try:
        if path.parent.name == "repos":
            load_server(source, Flags(), json=path.suffix == ".json")
        else:
            load_repo(source, server(EVERYTHING), REPO, "", None)
    except ConfigError as error:
        return error.problems
    return ()


def test_each_file_is_accepted_or_refused_for_the_known_reason(shared: Path) -> None:
    files = sorted(path for kind in ("atlantis", "repos") for path in (shared / "realworld" / kind).iterdir())
    found = {f"{path.parent.name}/{path.name}": verdict(path) for path in files}
    refused = {name: problems for name, problems in found.items() if problems}

    assert len(found) > 190
    assert {name: problems[0].line for name, problems in refused.items()} == {name: line for name, (line, _) in REFUSED.items()}
    assert [name for name, (_, reason) in REFUSED.items() if reason not in refused[name][0].text] == []
    assert [str(problem) for problems in refused.values() for problem in problems if not problem.line or not problem.column] == []
