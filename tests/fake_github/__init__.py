"""A stand-in for GitHub on the loopback interface, for tests of the whole program."""

from __future__ import annotations

from fake_github.runner import RUN_ID, Step, step
from fake_github.server import LOGIN, TOKEN, FakeGitHub
from fake_github.state import Pull, Repository

__all__ = ["LOGIN", "RUN_ID", "TOKEN", "FakeGitHub", "Pull", "Repository", "Step", "step"]
