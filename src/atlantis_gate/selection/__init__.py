"""From changed files, or a target, to projects; and from files of the base branch to the projects they concern."""

from __future__ import annotations

from atlantis_gate.selection.concern import concerned
from atlantis_gate.selection.projects import touched
from atlantis_gate.selection.scope import Scope, Touched
from atlantis_gate.selection.targets import Target, Targeted, TargetRules, target
from atlantis_gate.selection.trees import CheckoutTree, ListingTree, Overlay

__all__ = [
    "CheckoutTree",
    "ListingTree",
    "Overlay",
    "Scope",
    "Target",
    "TargetRules",
    "Targeted",
    "Touched",
    "concerned",
    "target",
    "touched",
]
