"""Run by itself: from a workspace to decisions. Tells as JSON what that took, and what reading the YAML alone takes."""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path

import yaml

from atlantis_gate import arguments, config, requirements, selecting, selection
from atlantis_gate.hosts import recorded
from atlantis_gate.model import Unknown
from atlantis_gate.requirements import Case
from atlantis_gate.requirements.mergeable import Bypass


def decide(folder: Path, *options: str) -> int:
    """Load, validate, merge, select and decide; return for how many projects."""
    settings = arguments.resolve("check", options, {})
    facts = recorded.load((folder / "facts.json").read_bytes(), "facts.json").facts
    files, divergence = facts.changed_files, facts.divergence
    if isinstance(files, Unknown) or isinstance(divergence, Unknown):
        raise TypeError("the workspace's facts are to be known")
    server = config.load_server(config.Source("repos.yaml", (folder / "repos.yaml").read_bytes()), selecting.flags(settings))
    root = folder / "repository"
    question = selecting.Question(
        settings=settings,
        server=server,
        repo_id="github.com/acme/infra",
        base_branch="main",
        tree=selection.CheckoutTree(root),
        tell=lambda _: None,
        changed_files=files,
    )
    repo = selecting.repo_config(question, config.Source("atlantis.yaml", (root / "atlantis.yaml").read_bytes()))
    selected = selecting.select(question, repo)
    bypass = Bypass(enabled=False, status_name="atlantis", ignored_names=())
    case = Case(command="apply", facts=facts, bypass=bypass, diverged=selected.concerned(divergence.files))
    return len(requirements.decide(selected.projects, case))


def most_memory() -> float:
    """Return the most memory that this program has held, in megabytes; getrusage() would count the one that started it, too.

    https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1000


def main() -> None:
    """Measure one run in the folder that the first argument names."""
    gc.disable()
    folder = Path(sys.argv[1])
    began = time.process_time()
    decided = decide(folder, *sys.argv[2:])
    spent = time.process_time() - began
    peak = most_memory()
    began = time.process_time()
    yaml.load((folder / "repository" / "atlantis.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    reading = time.process_time() - began
    sys.stdout.write(json.dumps({"decided": decided, "seconds": spent, "megabytes": peak, "reading": reading}))


if __name__ == "__main__":
    main()
