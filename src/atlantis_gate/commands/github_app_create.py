"""github-app create: make a GitHub App in the browser, and save its key."""

from __future__ import annotations

import secrets
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate.deadline import Deadline
from atlantis_gate.errors import GateError
from atlantis_gate.github_app import conversion, handover, pages, saving
from atlantis_gate.github_app.door import HOST, Address, Door
from atlantis_gate.github_app.listening import Listening
from atlantis_gate.github_app.manifest import Place, manifest, name, place
from atlantis_gate.hosts import HOSTS
from atlantis_gate.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console
    from atlantis_gate.github_app.handover import Handover
    from atlantis_gate.github_app.listening import Visit
    from atlantis_gate.hosts.credentials import Secret

_SUFFIX_BYTES: Final = 3
_WITH_WINDOWS: Final = ("darwin", "win32")


def run(settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
    """Make the App and print what to do with it. Raises GateError when there is no key to show for it."""
    return create(settings, env, console, Deadline(settings.timeout, console.say, redaction=console.redaction), webbrowser.open)


def create(
    settings: Settings, env: Mapping[str, str], console: Console, deadline: Deadline, open_browser: Callable[[str], bool]
) -> Outcome:
    """Do what `run` does, in the given time and with the given browser."""
    where = place(_server(settings, env), settings.organization)
    rest = conversion.api(where, env)
    app_name = name(settings.app_name, settings.organization, secrets.token_hex(_SUFFIX_BYTES))
    folder = Path(settings.credentials_dir).absolute()
    warning = saving.prepare(folder)
    if warning:
        console.say(f"warning: {warning}")
    address = Address(settings.port)
    with Listening(settings.port, _door(address, where, app_name)) as page:
        _point(console, address, open_browser if not settings.no_browser and shows_windows(env, sys.platform) else None)
        visit = page.wait(deadline)
        told, key = _finish(visit, where, rest, deadline, folder)
    console.result(handover.text(told))
    if settings.show_secrets:
        console.secret_document(key.reveal())
    return Outcome.ALLOWED


def _server(settings: Settings, env: Mapping[str, str]) -> str:
    entry = HOSTS["github"]
    return settings.host_url or env.get(entry.hostname_variable, "") or entry.server


def _door(address: Address, where: Place, app_name: str) -> Door:
    asked = manifest(app_name, address.callback_url)
    return Door(address, pages.setup(where, asked, where.form_url(address.state)), where.server_url)


def shows_windows(env: Mapping[str, str], platform: str) -> bool:
    """Tell whether a browser that is opened here would be seen: not on a server, nor at the other end of SSH."""
    if env.get("BROWSER"):
        return True
    if platform in _WITH_WINDOWS:
        return not env.get("SSH_CONNECTION")
    return bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))


def _point(console: Console, address: Address, open_browser: Callable[[str], bool] | None) -> None:
    """Say where the page is, and open it if there is something to open it with."""
    console.say(f"The page to set up the GitHub App: {address.setup_url}")
    if open_browser is not None and open_browser(address.setup_url):
        console.say("It should open in your browser now; if not, open the address yourself.")
        return
    port = address.port
    console.say("Open the address in a browser on this machine. If your browser is on another one, first run there:")
    console.say(f"    ssh -L {port}:{HOST}:{port} THIS-MACHINE")


def _finish(visit: Visit, where: Place, rest: str, deadline: Deadline, folder: Path) -> tuple[Handover, Secret]:
    """Fetch and save the key; whoever looks at the browser is told how it went."""
    try:
        app, key = conversion.convert(visit.code, where, rest, deadline)
        saved = saving.save(folder, app, key, where)
    except GateError as error:
        visit.answer(pages.failed(str(error)))
        raise
    told = handover.handover(app, where, str(saved.key), str(saved.env))
    visit.answer(pages.done(told))
    return told, key
