"""Options that say how a run tells its result, and how long it may take."""

from __future__ import annotations

from typing import Final

from atlantis_gate.settings.option import ASKING, DECIDING, JUDGING, MAKING, PULLS, Option, switch

REPORTING: Final = (
    Option(
        name="format",
        help="how the result is printed",
        commands=(*PULLS, "doctor"),
        metavar="FORM",
        default="text",
        choices=("text", "json"),
    ),
    Option(name="decision-file", help="write the decision document to this file", commands=JUDGING, metavar="FILE", input=True),
    Option(
        name="decision",
        help="the decision document that `check --decision-file` wrote, to be verified",
        commands=("verify",),
        metavar="FILE",
        input=True,
    ),
    Option(name="output", short="-o", help="write the facts to this file instead of printing them", commands=("record",), metavar="FILE"),
    switch("no-status", "post no commit status", ("check",), is_input=True),
    Option(
        name="status-name",
        help="the name that the gate's commit statuses begin with",
        commands=DECIDING,
        metavar="NAME",
        default="atlantis-gate",
        input=True,
    ),
    Option(
        name="comment",
        help="when to write the pull request comment",
        commands=("check",),
        metavar="WHEN",
        default="blocked",
        choices=("blocked", "always", "never"),
        input=True,
    ),
    Option(
        name="timeout",
        help="seconds that the whole run may take",
        commands=(*DECIDING, *ASKING, *MAKING),
        kind="number",
        metavar="SECONDS",
        default="300",
        input=True,
    ),
)
