"""GitHub's own workflow parser and expression evaluator, as npm has them, in a process of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

SCRIPT = Path(__file__).with_name("github_workflow.mjs")
PACKAGES = [ROOT / "node_modules" / "@actions" / name for name in ("expressions", "workflow-parser")]


class ExpressionError(Exception):
    """An expression that GitHub could not evaluate; the job or step that it belongs to fails."""


@dataclass(frozen=True)
class Workflow:
    """A workflow as GitHub reads it.

    `tree` holds {"$": expression} for expressions; `conditions` tells the `if` of each job and of its steps, success() included.
    """

    tree: dict[str, Any]
    conditions: dict[str, Any]


class GitHubExpressions:
    """Parses workflows and evaluates expressions: `with GitHubExpressions() as github: github.evaluate(...)`."""

    def __enter__(self) -> Self:
        """Start the process; the test is skipped where Node or the packages are not there."""
        node = shutil.which("node")
        if node is None or not all(package.is_dir() for package in PACKAGES):
            pytest.skip("not run: needs node and the npm packages (npm ci)")
        self._process = subprocess.Popen([node, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()

    def parse(self, text: str) -> Workflow:
        """Read a workflow; one that GitHub would refuse fails the test."""
        found = self._ask(parse=text)
        assert "error" not in found, found
        assert found["errors"] == []
        return Workflow(found["tree"], found["conditions"])

    def evaluate(self, expression: str, contexts: Mapping[str, Any], status: str = "success") -> Any:
        """Evaluate an expression; `status` is what success(), failure() and cancelled() answer. Raises ExpressionError."""
        found = self._ask(evaluate=expression, contexts=contexts, status=status)
        if "error" in found:
            raise ExpressionError(found["error"])
        return found["value"]

    def fill(self, tree: Any, contexts: Mapping[str, Any]) -> Any:
        """Replace every expression in a tree by its value."""
        if isinstance(tree, dict):
            return self.evaluate(tree["$"], contexts) if "$" in tree else {key: self.fill(value, contexts) for key, value in tree.items()}
        return [self.fill(value, contexts) for value in tree] if isinstance(tree, list) else tree

    def _ask(self, **question: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def text_of(value: Any) -> str:
    """Return a value as it stands in an environment variable or an input: null is empty, booleans are in lower case."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
