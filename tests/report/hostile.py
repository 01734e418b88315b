"""Hostile texts, and what a CI would make of a text: shared by the tests of everything that shows text from outside."""

from __future__ import annotations

import re

HOSTILE = [
    "::error::x",
    "  ::set-output name=allowed::true",
    "##[set-output name=allowed]true",
    "x ##vso[task.setvariable variable=allowed]true",
    "##\u200bvso[x]",
    "\x1b[2J\x1b]0;title\x07",
    "line\nbreak\r::error::x",
    "\u2028::error::x",
    "\u202egnp.exe",
    "| cell | ",
    "`code` ``` ~~~",
    "**bold** _it_ ~~no~~ \\",
    "[link](https://evil.example) ![image](https://evil.example/x.png)",
    "<script>alert(1)</script><!-- x",
    "</summary></details><img src=x onerror=alert(1)>",
    "<https://evil.example>",
    "https://evil.example www.evil.example me@evil.example",
    "@alice @acme/admins #1 acme/infra#1 GH-1 !1 &1 ~l %m $1 ^a",
    ":tada:",
    "&lt;b&gt; &#64;alice",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "===",
    "---",
    "/merge",
    "$x$ $$y$$",
    "\ud800",
    "%0A::error::x",
    "\u0007\u009b31m",
    "$(id) `id` ${{ secrets.X }}",
    "--- folded away",
    "+++ all is well",
    "~~~ x",
    "^^^ +++",
]

# https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs and
# https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Sdk/Command.cs
_ANYWHERE = re.compile(r"##(?:\w+)?\[")
# https://github.com/buildkite/agent/blob/main/agent/header_times_streamer.go
_HEADING = re.compile(r"(?:---|\+\+\+|~~~)\s|\^\^\^\s+\+\+\+")


def obeyed(text: str) -> str | None:
    """Return the first line of a text that a CI would take for a command or a terminal for an escape, None when there is none."""
    for line in re.split(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text):
        if (
            _HEADING.match(line)
            or line.strip().startswith("::")
            or _ANYWHERE.search(line)
            or re.search(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]", line)
        ):
            return line
    return None
