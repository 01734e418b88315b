"""An App that was made, and what is told about it."""

from __future__ import annotations

from pathlib import Path

from atlantis_gate.github_app.app import App
from atlantis_gate.github_app.handover import Handover, handover
from atlantis_gate.github_app.manifest import Place

GOLDENS = Path(__file__).parent / "goldens"
PUBLIC = Place("https://github.com", "acme")
APP = App(
    id=4711,
    slug="atlantis-gate-acme",
    name="atlantis-gate-acme",
    owner="acme",
    settings_url="https://github.com/organizations/acme/settings/apps/atlantis-gate-acme",
    install_url="https://github.com/apps/atlantis-gate-acme/installations/new",
)


def told(app: App = APP, folder: str = "/home/alice/atlantis-gate-app") -> Handover:
    """Return what is told about an App whose key was saved in that folder."""
    return handover(app, PUBLIC, f"{folder}/atlantis-gate-acme.private-key.pem", f"{folder}/atlantis-gate-acme.env")
