"""Fuzzes everything that reads texts of others, for a number of seconds each: `python tests/security/fuzz.py [SECONDS] [TARGET...]`.

Needs atheris, which `make fuzz` installs where it has a wheel; elsewhere this says that it was not run. What was found interesting is kept
in .cache/fuzz and used again by the next run; an input that breaks a target is written there as `crash-...` or `timeout-...`, and the exit
code is 1.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = ROOT / ".cache" / "fuzz"
SECONDS: Final = 60
# Bytes; longer ones find nothing that shorter ones do not, and are tests of their own (tests/security/test_megabytes.py).
LONGEST: Final = 4096
# One input that takes longer is a fault, and so is one that takes more memory (MB).
SLOWEST, LARGEST = 10, 2048


def main(argv: list[str]) -> int:
    """Fuzz each target in a process of its own; return the exit code."""
    if argv[:1] == ["--one"]:
        return fuzz(argv[1], int(argv[2]))
    if find_spec("atheris") is None:
        here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
        sys.stdout.write(f"not run: needs atheris, which `make fuzz` installs where it has a wheel; this is {here}\n")
        return 0
    seconds = int(argv[0]) if argv else SECONDS
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    from security.fuzz_targets import TARGETS  # noqa: PLC0415 - found once the path is set

    broken = [name for name in argv[1:] or TARGETS if not survives(name, seconds)]
    sys.stdout.write(f"fuzzed for {seconds} s each; broken: {', '.join(broken) or 'none'}\n")
    return 1 if broken else 0


def survives(name: str, seconds: int) -> bool:
    """Fuzz one target and tell whether nothing broke it."""
    corpus = KEPT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (corpus / f"seed-{number}").write_bytes(seed)
    ran = subprocess.run([sys.executable, __file__, "--one", name, str(seconds)], check=False, capture_output=True, text=True)
    lines = [line for line in ran.stderr.splitlines() if line.startswith(("Done", "stat::number_of_executed_units"))]
    sys.stdout.write(f"{name}: {' '.join(lines) or f'broken{chr(10)}{ran.stderr[-4000:]}'}\n")
    sys.stdout.flush()
    return ran.returncode == 0


def fuzz(name: str, seconds: int) -> int:
    """Fuzz one target in this process; libFuzzer ends it."""
    import atheris  # type: ignore[import-untyped]  # noqa: PLC0415 - the targets are listed without it

    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    with atheris.instrument_imports(include=["atlantis_gate"]):
        from security.fuzz_targets import TARGETS  # noqa: PLC0415 - imported to be instrumented

    options = {"max_total_time": seconds, "max_len": LONGEST, "timeout": SLOWEST, "rss_limit_mb": LARGEST, "print_final_stats": 1}
    corpus = KEPT / name
    given = [f"-{option}={value}" for option, value in options.items()]
    atheris.Setup([__file__, str(corpus), f"-artifact_prefix={corpus.parent}/{name}-", *given], TARGETS[name])
    atheris.Fuzz()
    return 0


def seeds(name: str) -> Iterator[bytes]:
    """Yield texts of the kind that a target reads, to begin with."""
    if name == "events":
        for path in sorted((ROOT / "tests" / "ci" / "environments").glob("git*_actions/*.json")):
            yield b"\0" + json.dumps(json.loads(path.read_bytes()).get("event", {})).encode()
    if name == "answers":
        for host in range(6):
            yield from (bytes((host, 0, place, 0, 1)) + b'"x"' for place in range(0, 200, 40))
            yield bytes((host, 0, 0, 0, 0)) + b'{"data": null, "errors": [{"message": "x"}]}'
    yield from _SEEDS.get(name, ())
    for path in sorted((ROOT / "examples").rglob(_FILES.get(name, "-"))):
        yield path.read_bytes()


_SEEDS: Final = {
    "patterns": (b"**/*.tf*\nprod/main.tf", b"!{a,b}/[a-z]?\na/b", b"/^(feature|fix)\\/.*$/\nfix/x"),
    "addresses": (
        b"https://github.com/acme/infra/pull/7",
        b"git@github.com:acme/infra.git",
        b"https://dev.azure.com/o/p/_git/r/pullrequest/7\na/b",
    ),
    "shown": (b"::error::x ##[set-output name=a]b ##vso[x]", b"| [a](https://b) <b> @c #1 &amp; `d`", b"--- x", b"+++ x"),
}
_FILES: Final = {"repo_config": "atlantis.yaml", "server_config": "repos.yaml", "facts": "*.json", "decisions": "*.json", "modules": "*.tf"}

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
