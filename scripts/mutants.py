"""Mutation testing of what decides: the code is changed in one place at a time, and a test must fail each time.

`python scripts/mutants.py [PACKAGE|FILE...]` needs mutmut, which `make mutants` sets up. A change that no test can notice is listed in
tests/mutation/survivors.yaml. The exit code is 1 when another one survives, when a listed one does not, or when the table in
docs/mutation.md says something else.
"""
# ruff: noqa: INP001, S603, T201, TID251 - a script, which starts what it names and talks

from __future__ import annotations

import contextlib
import difflib
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import libcst
import yaml
from mutation_table import HEAD, PACKAGES, patterns, row, tests
from mutmut.configuration import reset_config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.file_mutation import create_mutations
from mutmut.stats import status_by_exit_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    # Its file, the lines before and after, and whether a test failed.
    Mutant = tuple[str, str, str, bool]

ROOT = Path(__file__).resolve().parent.parent
CODE = Path("src/atlantis_gate")
COPIED = ("src", "tests", "docs", "schemas", "examples")
# Tests of time prove nothing here, and the tables must not need the properties.
ARGUMENTS = ["-p", "no:cacheprovider", "--ignore=tests/requirements/test_monotone.py", "-k", "not time and not moment and not quickly"]
# The same examples each time, and no search for the smallest one that fails.
PROFILE = """
from hypothesis import Phase, settings
settings.register_profile("mutants", derandomize=True, database=None, deadline=None, phases=(Phase.explicit, Phase.generate))
settings.load_profile("mutants")
"""
# What type checkers alone read.
FOR_TYPES = re.compile(r"^if TYPE_CHECKING:\n(?:    .*\n|\n)+", re.MULTILINE)
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
KILLED = {"killed", "timeout", "segfault"}


def files(name: str) -> list[Path]:
    """Return the files that are mutated, relative to the root."""
    return sorted(path.relative_to(ROOT) for pattern in patterns(name) for path in (ROOT / CODE).glob(pattern))


def prepare(name: str, number: int) -> Path:
    """Return a fresh copy of the project; caches, which only save time, are taken off so that what they hold is mutated too."""
    folder = ROOT / ".cache" / "mutants" / f"{name.replace('/', '-')}-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    for item in COPIED:
        shutil.copytree(ROOT / item, folder / item, ignore=shutil.ignore_patterns("__pycache__"))
    for item in ("pyproject.toml", "README.md"):
        shutil.copy2(ROOT / item, folder)
    for path in files(name):
        text = re.sub(r"^( *)@(?:lru_cache\(.*\)|cache)$", r"\1# no cache", (folder / path).read_text(), flags=re.MULTILINE)
        (folder / path).write_text(text)
    with (folder / "tests/conftest.py").open("a") as conftest:
        conftest.write(PROFILE)
    settings = {"source_paths": ["src/"], "only_mutate": files(name), "also_copy": COPIED[2:]}
    settings |= {"pytest_add_cli_args_test_selection": tests(name), "pytest_add_cli_args": ARGUMENTS}
    lines = (f"{key}=\n" + "".join(f"    {value}\n" for value in values) for key, values in settings.items())
    (folder / "setup.cfg").write_text("[mutmut]\n" + "".join(lines))
    return folder


def mutant(path: Path, diff: list[str], *, killed: bool) -> Mutant:
    """Return a change by its diff: the lines that differ, without their indentation."""
    sides = {sign: [line[1:].strip() for line in diff if line.startswith(sign) and line[:3] != sign * 3] for sign in "-+"}
    return str(path.relative_to(CODE)), " ".join(sides["-"]), " ".join(sides["+"]), killed


def in_functions(name: str) -> Iterator[Mutant]:
    """Change every function and method with mutmut."""
    # Mutmut works where it is called.
    with contextlib.chdir(prepare(name, 0)):
        reset_config()
        with Path("mutmut.log").open("w") as log:
            subprocess.run([Path(sys.executable).with_name("mutmut").absolute(), "run"], env=ENVIRONMENT, check=True, stdout=log)
        for path in files(name):
            data = SourceFileMutationData(path=path)
            data.load()
            for key, code in data.exit_code_by_key.items():
                yield mutant(path, get_diff_for_mutant(key, path=path).splitlines(), killed=status_by_exit_code[code] in KILLED)


def changed_outside(path: Path) -> list[tuple[str, str]]:
    """Return a file's text with each text that it becomes when one thing outside of functions is changed."""
    before = path.read_text()
    module, mutations, *_ = create_mutations(str(path), before)
    outside = (each for each in mutations if not isinstance(each.contained_by_top_level_function, libcst.FunctionDef))
    texts = (module.deep_replace(each.original_node, each.mutated_node).code for each in outside)
    return [(before, text) for text in texts if FOR_TYPES.sub("", text) != FOR_TYPES.sub("", before)]


def in_constants(name: str) -> Iterator[Mutant]:
    """Change what stands outside of functions, which mutmut leaves alone, in as many copies at once as there are processors."""
    copies = [prepare(name, number) for number in range(os.cpu_count() or 1)]
    command = [sys.executable, "-m", "pytest", "-x", "-q", *ARGUMENTS, *tests(name)]
    subprocess.run(command, cwd=copies[0], env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    free = [*copies]

    def run(path: Path, before: str, text: str) -> Mutant:
        folder = free.pop()
        (folder / path).write_text(text)
        ran = subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=False, capture_output=True)
        (folder / path).write_text(before)
        free.append(folder)
        return mutant(path, list(difflib.unified_diff(before.splitlines(), text.splitlines(), n=0)), killed=ran.returncode != 0)

    with ThreadPoolExecutor(len(copies)) as pool:
        running = [pool.submit(run, path, *texts) for path in files(name) for texts in changed_outside(copies[0] / path)]
        yield from (each.result() for each in running)


def judge(name: str, entries: list[dict[str, Any]]) -> tuple[str, bool]:
    """Mutate a package or files of it, say what survives, and return a line for the table and whether all is as it is listed."""
    began, here = time.monotonic(), {str(path.relative_to(CODE)) for path in files(name)}
    listed = Counter((each["file"], each["line"], becomes) for each in entries if each["file"] in here for becomes in each["becomes"])
    found = [*in_functions(name), *in_constants(name)]
    alive = Counter(each[:3] for each in found if not each[3])
    for title, some in (("survives", alive - listed), ("is listed and does not survive", listed - alive)):
        for file, was, becomes in sorted(some.elements()):
            print(f"{file}: {title}\n  - {was}\n  + {becomes}")
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return row(name, len(found), sum(each[3] for each in found)), alive == listed


def main(names: list[str]) -> int:
    """Mutate packages or files of them, print the table, compare it with the page's, and return the exit code."""
    entries, page = (yaml.safe_load((ROOT / "tests/mutation/survivors.yaml").read_text()), (ROOT / "docs/mutation.md").read_text())
    judged = {name: judge(name, entries) for name in names or PACKAGES}
    print("", *HEAD, *(line for line, _ in judged.values()), sep="\n")
    stale = [name for name, (line, _) in judged.items() if name in PACKAGES and line not in page.splitlines()]
    if stale:
        print(f"\ndocs/mutation.md has another line for {', '.join(stale)}")
    return int(bool(stale) or not all(fine for _, fine in judged.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
