"""How the local pages look: one style sheet inside each page, nothing from outside, light and dark, down to narrow screens."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #f6f8fa; --card: #fff; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0; --code: #f0f3f6;
  --go: #1f7a3a; --on-go: #fff; --link: #0a58ca; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0d1117; --card: #161b22; --ink: #e6edf3; --faint: #9aa5b1; --line: #30363d; --code: #0d1117;
    --go: #3fb160; --on-go: #04130a; --link: #79b8ff; --bad: #ff8a80;
  }
}
* { box-sizing: border-box }
body { margin: 0; padding: 2rem 1rem; background: var(--paper); color: var(--ink) }
body { font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: 1.75rem 2rem; overflow-wrap: anywhere }
main { background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25 }
h2 { margin: 1.75rem 0 .5rem; font-size: 1.1rem }
p { margin: .5rem 0 }
a { color: var(--link) }
ol { padding-left: 1.25rem }
li { margin: .35rem 0 }
.faint { color: var(--faint) }
.bad { color: var(--bad) }
.go { display: inline-block; margin: .5rem 0; padding: .65rem 1.25rem; border: 0; border-radius: .5rem; cursor: pointer }
.go { background: var(--go); color: var(--on-go); font: inherit; font-weight: 600; text-decoration: none }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
table { width: 100%; border-collapse: collapse; overflow-wrap: normal }
th, td { padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top }
thead th { border-top: 0; color: var(--faint); font-weight: 500 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: .75rem 0 }
dt { color: var(--faint) }
dd { margin: 0 }
code, pre { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
pre { margin: .5rem 0; padding: .75rem 1rem; background: var(--code); border: 1px solid var(--line); border-radius: .5rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; user-select: all }
footer { margin-top: 1.75rem; padding-top: .5rem; border-top: 1px solid var(--line) }
details { border-top: 1px solid var(--line); padding: .5rem 0 }
summary { cursor: pointer; font-weight: 600 }
@media (max-width: 34rem) {
  body { padding: 0 }
  main { border: 0; border-radius: 0; padding: 1.25rem 1rem }
  dl { grid-template-columns: 1fr; gap: 0 }
  dd { margin-bottom: .5rem }
  .go { display: block; width: 100%; text-align: center }
  thead { display: none }
  tr { display: block; padding: .4rem 0; border-top: 1px solid var(--line) }
  th, td { display: block; padding: 0; border: 0 }
}
"""
# https://www.w3.org/TR/CSP3/#grammardef-hash-source
_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


def policy(form_action: str) -> str:
    """Return the Content-Security-Policy of a page: its own style sheet, forms to one origin (`'none'` for none), and nothing else."""
    return f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
