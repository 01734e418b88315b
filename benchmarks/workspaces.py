"""Generated workspaces: many projects, many changed files, and what else can be large."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hosts.stories import BASE, HEAD, MERGE_BASE

if TYPE_CHECKING:
    from pathlib import Path

# Shapes of when_modified as they are found in the wild: a team's default, a module of one's own, and an exclusion.
PATTERNS: Final = (
    '["*.tf", "*.tfvars", ../modules/**]',
    '["**/*.tf*", ../../modules/vpc/*.tf]',
    '["*.tf", "../modules/**/*.tf", "!**/*.md"]',
)
ENVIRONMENTS: Final = 50


def project_dir(number: int) -> str:
    """Return the directory of a project."""
    return f"env{number % ENVIRONMENTS}/app{number}"


def atlantis_yaml(projects: int, *, chained: bool = False) -> str:
    """Return a repo config; `chained` makes each project depend on the one before."""
    lines = ["version: 3", "projects:"]
    for number in range(projects):
        lines += [
            f"- name: app{number}",
            f"  dir: {project_dir(number)}",
            f"  execution_order_group: {number % 5}",
            "  apply_requirements: [approved, mergeable, undiverged]",
            f"  autoplan: {{when_modified: {PATTERNS[number % len(PATTERNS)]}}}",
        ]
        lines += [f"  depends_on: [app{number - 1}]"] if chained and number else []
    return "\n".join([*lines, ""])


def repos_yaml(entries: int) -> str:
    """Return a server config whose entries are all to be tried for a repo; the last ones match."""
    lines = ["repos:"]
    for number in range(entries):
        name = "infra" if number >= entries // 2 else f"other{number}"
        lines += [f"- id: /^github\\.com/acme/({name}|legacy{number}-.*)$/", "  apply_requirements: [approved, mergeable]"]
        lines += ["  allowed_overrides: [apply_requirements, workflow]", "  branch: /^(main|release/.*)$/"]
    return "\n".join([*lines, ""])


def changed_files(files: int, projects: int) -> list[str]:
    """Return changed paths: some in a project's directory, some in modules, some elsewhere."""
    places = (
        lambda at: f"{project_dir(at % projects)}/f{at}.tf",
        lambda at: f"env{at % 50}/modules/m{at % 97}/f{at}.tf",
        lambda at: f"docs/{at}.md",
    )
    return [places[number % len(places)](number) for number in range(files)]


def facts(files: list[str], diverged: list[str]) -> str:
    """Return a facts document of an approved, mergeable pull request."""
    pull = {
        "host": "github",
        "repo": "acme/infra",
        "number": 7,
        "url": "https://github.com/acme/infra/pull/7",
        "author": "bob",
        "state": "open",
        "draft": False,
        "fork": False,
        "head_sha": HEAD,
        "head_branch": "feature",
        "base_sha": BASE,
        "base_branch": "main",
    }
    return json.dumps(
        {
            "version": 1,
            "pull_request": pull,
            "changed_files": files,
            "approvals": {"by": [{"user": "alice", "commit": HEAD}], "still_required": 0},
            "mergeability": {"blockers": []},
            "divergence": {"base_sha": BASE, "planned_on": MERGE_BASE, "files": diverged},
        }
    )


def write(folder: Path, projects: int, files: int, *, entries: int = 1, chained: bool = False, modules: int = 0) -> None:
    """Write a workspace: `repository` with its directories and atlantis.yaml, and beside it repos.yaml and facts.json.

    Each of the `modules` calls two further ones; the projects call the first.
    """
    for number in range(projects):
        (folder / "repository" / project_dir(number)).mkdir(parents=True)
    (folder / "repository" / "atlantis.yaml").write_text(atlantis_yaml(projects, chained=chained), encoding="utf-8")
    (folder / "repos.yaml").write_text(repos_yaml(entries), encoding="utf-8")
    paths = changed_files(files, projects)
    (folder / "facts.json").write_text(facts(paths, paths[: len(paths) // 10]), encoding="utf-8")
    if modules:
        _write_modules(folder / "repository", projects, modules)


def _write_modules(root: Path, projects: int, modules: int) -> None:
    for number in range(modules):
        place = root / "modules" / f"m{number}"
        place.mkdir(parents=True)
        called = (at for at in (2 * number + 1, 2 * number + 2) if at < modules)
        (place / "main.tf").write_text("".join(f'module "m{at}" {{\n  source = "../m{at}"\n}}\n' for at in called), encoding="utf-8")
    for number in range(projects):
        (root / project_dir(number) / "main.tf").write_text('module "first" {\n  source = "../../modules/m0"\n}\n', encoding="utf-8")
