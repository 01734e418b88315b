"""The GitHub App that was made, without its key: what may be shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A GitHub App. `settings_url` is where its owner changes it, `install_url` where it is installed; texts are on one line each."""

    id: int
    slug: str
    name: str
    owner: str
    settings_url: str
    install_url: str
