"""Every configuration case of Atlantis has the same outcome here, but for the differences that docs/differences.md explains."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from atlantis_gate import doublestar
from atlantis_gate.config import Flags, Source, branch_refusal, discovery, load_repo, load_server, repo_config_file
from atlantis_gate.config.parsed import Owners
from atlantis_gate.config.rules import workspace
from atlantis_gate.errors import GateError, UsageError
from atlantis_gate.selection.autodiscovery import is_ignored
from atlantis_gate.selection.targets import by_dir, by_name
from atlantis_gate.selection.trees import ListingTree
from builders import project
from conformance.config_facts import default_facts, differences, granting_everything, merged_facts, plain, repo_facts, server_facts
from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from atlantis_gate.config.parsed import RepoConfig, ServerConfig

Case = dict[str, Any]

# The cases whose outcome differs on purpose, each with its row in docs/differences.md.
DIFFERENT = {
    "repo_cfg/glob/expansion-happens-before-validation-so-a-traversal-pattern-without-matches-is-si": "config-glob-leaves-repo",
    "global_cfg/repo/explicit-empty-requirement-lists-become-unset": "config-empty-list-clears",
    "merge/rules/documented-example-a-later-empty-list-does-not-clear-earlier-requirements-in-cod": "config-empty-list-clears",
    "global_cfg/policy_checks/flag-adds-policies-passed-to-the-default-and-to-every-entry": "config-policy-flag-adds",
}
# The kinds that are not compared here, each with the reason.
NOT_COVERED: dict[str, str] = {}
ANSWERS = frozenset({"match", "file", "names", "projects", "enabled", "ignored", "planned", "valid", "is_owner"})


@cache
def cases(path: Path) -> list[Case]:
    loaded = yaml.load(path.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both are safe
    found: list[Case] = loaded["cases"]
    return found


def server_of(case: Case) -> ServerConfig:
    given = case.get("server") or {}
    flags = Flags(enable_policy_checks=given.get("enable_policy_checks", False))
    text = given.get("config")
    server = load_server(None if text is None else Source("repos.yaml", text.encode()), flags)
    return granting_everything(server) if given.get("allow_all_repo_settings") else server


def repo_of(case: Case, server: ServerConfig) -> RepoConfig:
    tree = None if case.get("via") == "data" else ListingTree(case.get("files", ()))
    source = Source("atlantis.yaml", case["input"].encode())
    return load_repo(source, server, case.get("repo_id", ""), case.get("branch", ""), tree)


def repo_cfg(case: Case) -> Case:
    server = server_of(case)
    return repo_facts(repo_of(case, server), server)


def global_cfg(case: Case) -> Case:
    flags = Flags(enable_policy_checks=case.get("enable_policy_checks", False))
    return server_facts(load_server(Source("repos.yaml", case["input"].encode()), flags, json=case.get("format") == "json"))


def merge(case: Case) -> Case:
    server = server_of(case)
    repo = None if case.get("input") is None else repo_of(case, server)
    select = case["select"]
    if repo is not None and "index" in select:
        return merged_facts(server, case["repo_id"], repo, repo.projects[select["index"]])
    wanted = (select["dir"], select["workspace"]) if "dir" in select else None
    found = [project for project in (repo.projects if repo else ()) if (project.dir, project.workspace) == wanted]
    if repo is None or not found:
        return default_facts(server, case["repo_id"], select["dir"], select["workspace"])
    if len(found) > 1:
        raise UsageError("several projects")
    return merged_facts(server, case["repo_id"], repo, found[0])


def id_match(case: Case) -> Case:
    server = load_server(Source("repos.yaml", yaml.safe_dump({"repos": [{"id": case["id_pattern"]}]}).encode()), Flags())
    return {"match": server.entries[-1].matches(case["repo_id"])}


def branch_match(case: Case) -> Case:
    entry = {"id": "/.*/", "branch": case["branch_pattern"]}
    server = load_server(Source("repos.yaml", yaml.safe_dump({"repos": [entry]}).encode()), Flags())
    return {"match": branch_refusal(server, "h/o/r", case["branch"]) is None}


def file_name(case: Case) -> Case:
    return {"file": repo_config_file(server_of(case), case["repo_id"])}


def select_name(case: Case) -> Case:
    projects = [project(f"dir{index}", name=name) for index, name in enumerate(case["names"])]
    found = by_name(projects, case["pattern"], regexp=True, prefixes=case.get("allowed_regexp_prefixes", ()))
    return {"names": [chosen.name for chosen in found] or None}


def select_dir(case: Case) -> Case:
    projects = [project(item["dir"], workspace=item["workspace"]) for item in case["projects"]]
    found = by_dir(projects, case["pattern"], case.get("workspace", "default"))
    return {"projects": [{"dir": chosen.dir, "workspace": chosen.workspace} for chosen in found]}


def enabled(case: Case) -> Case:
    server = load_server(None, Flags())
    listed = [f"- dir: d{index}" for index in range(case["project_count"])]
    text = "\n".join(["version: 3", f"autodiscover: {{mode: '{case['mode']}'}}", "projects:", *listed])
    repo = load_repo(Source("atlantis.yaml", text.encode()), server, "h/o/r", "", None)
    return {"enabled": discovery(server, repo, "h/o/r", Flags()).enabled}


def ignored(case: Case) -> Case:
    return {"ignored": is_ignored(case["path"], tuple(case.get("ignore_paths") or ()))}


def effective(case: Case) -> Case:
    server = server_of(case)
    repo = load_repo(Source("atlantis.yaml", case["input"].encode()), server, case["repo_id"], "", ListingTree(()))
    found = discovery(server, repo, case["repo_id"], Flags(autodiscover_mode=case["flag_mode"]))
    listed = {project.dir for project in repo.projects}
    others = [path for path in case["candidate_dirs"] if path not in listed and not is_ignored(path, found.ignore_paths)]
    return {"planned": len(repo.projects) + (len(others) if found.enabled else 0)}


def refusing(wrong: str) -> Case:
    """Return the facts of a check that says what is wrong, or nothing."""
    if wrong:
        raise UsageError(wrong)
    return {}


def policies(case: Case) -> Case:
    server = load_server(Source("repos.yaml", case["input"].encode()), Flags())
    return refusing("\n".join(map(str, server.warnings)))


def owner(case: Case) -> Case:
    owners = Owners(tuple(case["owners"]["users"]), tuple(case["owners"]["teams"]))
    return {"is_owner": owners.include(case["user"], tuple(case["user_teams"]))}


RUNNERS: dict[str, Callable[[Case], Case]] = {
    "repo_cfg": repo_cfg,
    "global_cfg": global_cfg,
    "merge": merge,
    "id_match": id_match,
    "branch_match": branch_match,
    "repo_config_file": file_name,
    "select_name": select_name,
    "select_dir_glob": select_dir,
    "autodiscover_enabled": enabled,
    "autodiscover_ignore": ignored,
    "autodiscover_effective": effective,
    "workspace_name": lambda case: refusing(workspace(case["input"])),
    "glob_validate": lambda case: {"valid": doublestar.valid(case["input"])},
    "policies_validate": policies,
    "policy_owner": owner,
}


def outcome(case: Case) -> list[str]:
    """Return where the product's outcome differs from the expected one."""
    expected = case["expect"].get("facts") or {key: value for key, value in case["expect"].items() if key in ANSWERS}
    try:
        facts = RUNNERS[case["kind"]](case)
    except GateError as error:
        return [f"refused: {error}"] if case["expect"].get("ok", True) else []
    if not case["expect"].get("ok", True):
        return ["accepted"]
    return differences(expected, plain(facts))


def test_every_case_has_the_expected_outcome_or_an_explained_difference(shared: Path) -> None:
    found = {case["id"]: outcome(case) for case in cases(shared / "conformance/config-cases.yaml") if case["kind"] not in NOT_COVERED}

    assert {name: texts for name, texts in found.items() if texts and name not in DIFFERENT} == {}
    assert {name for name in DIFFERENT if not found[name]} == set()


def test_every_kind_of_case_is_covered_or_named(shared: Path) -> None:
    kinds = {case["kind"] for case in cases(shared / "conformance/config-cases.yaml")}

    assert kinds == set(RUNNERS) | set(NOT_COVERED)


def test_every_difference_is_a_row_of_the_document() -> None:
    rows = re.findall(r"^\| `?([a-z0-9-]+)`? \|", (ROOT / "docs/differences.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert set(DIFFERENT.values()) <= set(rows)
