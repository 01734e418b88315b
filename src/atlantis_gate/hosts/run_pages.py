"""Whether a check that another system reports links to the very run that the gate is part of."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

# https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables: a run's page is made of the collection and the build's id;
# links that Azure Pipelines leaves on GitHub name the project by its id.
_AZURE: Final = "/_build/results"
_BUILD: Final = "buildId"


def same_run(run: str, page: str) -> bool:
    """Tell whether `page`, a check's link, is the run's own page (`run`) or one below it: a job, a log, a redirect."""
    try:
        ours, theirs = urlsplit(run.rstrip("/")), urlsplit(page)
        if not ours.hostname or (ours.scheme, ours.hostname, ours.port) != (theirs.scheme, theirs.hostname, theirs.port):
            return False
    except ValueError:
        return False
    if ours.path.endswith(_AZURE):
        same_organization = ours.path.casefold().split("/")[1:2] == theirs.path.casefold().split("/")[1:2]
        build = parse_qs(ours.query).get(_BUILD)
        return same_organization and theirs.path.endswith(_AZURE) and build is not None and parse_qs(theirs.query).get(_BUILD) == build
    return theirs.path == ours.path or theirs.path.startswith(f"{ours.path}/")
