"""The local pages as HTML: text in, text out, everything escaped, no script."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Final

from atlantis_gate.github_app.handover import AFTERWARDS, NOT_SAVED
from atlantis_gate.github_app.style import STYLE
from atlantis_gate.hosts.github_permissions import PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.github_app.handover import Handover, Part
    from atlantis_gate.github_app.manifest import Place

_ACCESS: Final = {"read": "read", "write": "read and write"}
# What is opened beside the page must learn nothing of it.
_BESIDE: Final = 'target="_blank" rel="noopener noreferrer"'


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n{body}</main>\n</body>\n</html>\n"
    )


def setup(place: Place, asked: Mapping[str, object], form_url: str) -> str:
    """Return the page with the button that sends the manifest to GitHub."""
    whose = f"the organization <strong>{escape(place.organization)}</strong>" if place.organization else "you, whoever is signed in there"
    host = escape(place.host)
    return _page(
        f"Set up a GitHub App on {place.host}",
        f"<p>The button takes you to {host}, where a GitHub App is made that belongs to {whose} and that nobody else can install."
        f" You can still change its name there, <strong>{escape(str(asked['name']))}</strong>.</p>\n"
        f'<p class="faint">First sign in to <a href="{escape(place.server_url)}" {_BESIDE}>{host}</a> in this browser,'
        f" as {'an owner of the organization' if place.organization else 'yourself'}: signing in on the way loses the request.</p>\n"
        f'<form method="post" action="{escape(form_url)}">\n'
        f'<input type="hidden" name="manifest" value="{escape(json.dumps(asked))}">\n'
        f'<button class="go" type="submit">Set up on {host}</button>\n</form>\n'
        f"<h2>What it may do</h2>\n{_permissions()}"
        "<h2>What happens next</h2>\n<ol>\n"
        f"<li>You press <em>Create GitHub App</em> on {host}.</li>\n"
        "<li>The browser comes back here with a code that works once. The program in the terminal trades it for the App's private key"
        " and saves that in a file.</li>\n"
        "<li>This page then says how to install the App and where its key goes.</li>\n</ol>\n"
        '<p class="faint">The App has no webhook: GitHub sends it nothing, and nothing keeps listening. This page goes away when the'
        " program in the terminal ends.</p>\n",
    )


def _permissions() -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(each.label)}</th><td>{_ACCESS[each.full]}</td><td class="faint">{escape(each.purpose)}</td></tr>\n'
        for each in PERMISSIONS
    )
    head = '<tr><th scope="col">Permission</th><th scope="col">Access</th><th scope="col">What for</th></tr>'
    return f"<table>\n<thead>{head}</thead>\n<tbody>\n{rows}</tbody>\n</table>\n"


def done(told: Handover) -> str:
    """Return the page after the App was made; it says where the key is and never holds it."""
    app = told.app
    cis = "".join(
        f"<details{'' if number else ' open'}><summary>{escape(part.title)}</summary>\n{_steps(part)}</details>\n"
        for number, part in enumerate(told.cis)
    )
    return _page(
        f"{app.name} is made",
        f'<p><a class="go" href="{escape(app.install_url)}" {_BESIDE}>Install it</a></p>\n'
        f"<dl>\n{_fact('App id', str(app.id))}{_fact('Key', told.key_file)}{_fact('Settings', told.env_file)}"
        f'<dt>Change it</dt><dd><a href="{escape(app.settings_url)}" {_BESIDE}>{escape(app.settings_url)}</a></dd>\n</dl>\n'
        f'<p class="faint">The key is in that file alone, which only you can read.</p>\n'
        f"<h2>Put the id and the key into the CI</h2>\n{cis}"
        f"<h2>{escape(told.trial.title)}</h2>\n{_steps(told.trial)}"
        f'<footer class="faint"><p>{escape(AFTERWARDS)}</p>\n<p>{escape(NOT_SAVED)}</p>\n'
        "<p>The terminal says the same, and this page can be closed.</p></footer>\n",
    )


def _fact(name: str, value: str) -> str:
    return f"<dt>{escape(name)}</dt><dd><code>{escape(value)}</code></dd>\n"


def _steps(part: Part) -> str:
    return "".join(f"<p>{escape(step.text)}</p>\n<pre>{escape(chr(10).join(step.lines))}</pre>\n" for step in part.steps)


def failed(reason: str) -> str:
    """Return the page after GitHub came back and the App's key could not be had or saved."""
    lines = "".join(f"<p>{escape(line)}</p>\n" for line in reason.splitlines() if line.strip())
    return _page("The App's key was not saved", f'{lines}<p class="faint">The terminal says the same.</p>\n')


def refusal(title: str, text: str) -> str:
    """Return a page that says why a request is not answered."""
    return _page(title, f'<p class="bad">{escape(text)}</p>\n')
