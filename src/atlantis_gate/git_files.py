"""What git's own files hold for a login: lines of a credential store, marked blocks of a configuration, and a helper's conversation."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit

from atlantis_gate.errors import UsageError
from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_WEB: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?P<path>(?:/[a-z0-9_.~%-]+)*)/*",
    re.ASCII | re.IGNORECASE,
)
# https://git-scm.com/docs/git-credential-store#_storage_format
_STORED: Final = re.compile(r"(https?)://([^:@/]*):[^@/]*@([^@/]+)/?\r?")
_BEGIN: Final = "# begin atlantis-gate "
_BLOCK: Final = re.compile(r"^# begin atlantis-gate (\S+)\n# (\{.*\})\n(?:.*\n)*?# end atlantis-gate \1(?:\n|\Z)", re.MULTILINE)
# What a block says of itself, and the types that these have.
_RECORD: Final[Mapping[str, type]] = {"username": str, "store": str, "made_config": bool, "made_store": bool, "broke_line": bool}
_SSH_PORTS: Final = (22,)


@frozen(kw_only=True)
class Remote:
    """Where a host serves git over HTTP, and under which other addresses people name the same repositories.

    `context` is the web address (see `normal`) below which git logs in there. `replaced` are pairs: an address that git can ask, and the
    prefixes that stand for it.
    """

    context: str
    replaced: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def server(self) -> str:
        """Scheme, host and port alone: what a credential belongs to."""
        parts = urlsplit(self.context)
        return f"{parts.scheme}://{parts.netloc}"

    def covers(self, asked: Mapping[str, str]) -> bool:
        """Tell whether a helper's question is about this very server: its scheme, name and port, and its path where git tells one."""
        try:
            there = normal(f"{asked.get('protocol', '')}://{asked.get('host', '')}")
        except UsageError:
            return False
        below = unquote(urlsplit(self.context).path)
        return there == self.server and ("path" not in asked or f"/{asked['path']}/".startswith(f"{below}/"))


def normal(url: str) -> str:
    """Return a server's web address as git compares it: no default port, no slash at the end. Raises UsageError for another URL."""
    found = _WEB.fullmatch(url if "://" in url else f"https://{url}")
    try:
        port = urlsplit(found[0]).port if found else 0
    except ValueError:
        port = 0
    if found is None or port == 0:
        raise UsageError("the server's URL is not one of the form https://host or https://host/path", advice="Give it with --host-url.")
    scheme = found["scheme"].lower()
    shown = "" if port in {None, _DEFAULT_PORTS[scheme]} else f":{port}"
    return f"{scheme}://{found['host'].lower()}{shown}{found['path']}"


def over_ssh(name: str, ports: Iterable[int | str] = _SSH_PORTS, path: str = "", user: str = "git") -> tuple[str, ...]:
    """Return the prefixes of git's addresses over SSH at a host: as URLs, and in the short form that `scp` takes."""
    at = f"{user}@{name}"
    return (f"ssh://{at}/{path}", *(f"ssh://{at}:{port}/{path}" for port in ports), f"{at}:{path}", f"{at}:/{path}")


def host_of(url: str) -> str:
    """Return the host of a web address, an IPv6 one in brackets."""
    return re.sub(r":\d+$", "", urlsplit(url).netloc)


def stored(text: str, server: str, username: str, password: str) -> str:
    """Return a credential store with this login in the first line, where git finds it first, and every other login as it was."""
    scheme, _, name = server.partition("://")
    line = f"{scheme}://{quote(username, safe='')}:{quote(password, safe='')}@{name}"
    return f"{line}\n{forgotten(text, server, username)}"


def forgotten(text: str, server: str, username: str) -> str:
    """Return a credential store without the lines of this server and user."""
    return "\n".join(line for line in text.split("\n") if _login_of(line) != (server, username))


def _login_of(line: str) -> tuple[str, str] | None:
    found = _STORED.fullmatch(line)
    try:
        return None if found is None else (normal(f"{found[1]}://{unquote(found[3])}"), unquote(found[2]))
    except UsageError:
        return None


@frozen(kw_only=True)
class Block:
    """A marked block of git's configuration: which login it names, and what has to be undone besides when it goes.

    `store` is the store's path, relative where it lies in the configuration's own folder.
    `made_config`, `made_store`: the file was not there before. `broke_line`: the line before it had no end.
    """

    context: str
    username: str
    store: str
    made_config: bool = False
    made_store: bool = False
    broke_line: bool = False


def blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks in a configuration. Raises UsageError for one that somebody changed."""
    found = tuple(_read(match) for match in _BLOCK.finditer(text))
    if len(found) != sum(line.startswith(_BEGIN) for line in text.split("\n")):
        raise UsageError(
            "git's configuration holds a block of atlantis-gate that was changed or cut off",
            advice=f"Remove it by hand: the lines from `{_BEGIN.strip()}` to `# end atlantis-gate`.",
        )
    return found


def _read(match: re.Match[str]) -> Block:
    try:
        held = json.loads(match[2])
        typed = all(isinstance(held.get(name), kind) for name, kind in _RECORD.items())
        if typed and (held["store"].startswith("/") or "/" not in held["store"]):
            return Block(context=match[1], **{name: held[name] for name in _RECORD})
    except ValueError:
        pass
    raise UsageError(f"the block of atlantis-gate for {match[1]} in git's configuration was changed", advice="Remove it by hand.")


def with_block(text: str, block: Block, remote: Remote, helper: str) -> str:
    """Return a configuration with this block: in the place of the one for the same context, else at its end."""
    for match in _BLOCK.finditer(text):
        if match[1] == block.context:
            return text[: match.start()] + _written(block, remote, helper) + text[match.end() :]
    return text + ("\n" if block.broke_line else "") + _written(block, remote, helper)


def without_blocks(text: str) -> str:
    """Return a configuration as it was before, what others wrote since included."""
    for match in reversed(list(_BLOCK.finditer(text))):
        # What was written behind the block keeps a line of its own.
        start = match.start() - (_read(match).broke_line and match.end() == len(text))
        text = text[:start] + text[match.end() :]
    return text


def _written(block: Block, remote: Remote, helper: str) -> str:
    """Write a block: https://git-scm.com/docs/git-config#_syntax and https://git-scm.com/docs/gitcredentials#_configuration_options."""
    record = {name: getattr(block, name) for name in _RECORD}
    lines = [
        f"{_BEGIN}{block.context}",
        f"# {json.dumps(record)}",
        f"[credential {_quoted(block.context)}]",
        # An empty one forgets the helpers named before: they would be asked first, and be given the password to keep.
        "\thelper =",
        f"\thelper = {_quoted(helper)}",
        f"\tusername = {_quoted(block.username)}",
        "\tuseHttpPath = false",
    ]
    for address, prefixes in remote.replaced:
        # Without the user: git would try an empty password for one, and some servers count that as a failed login.
        lines.append(f"[url {_quoted(address)}]")
        lines += [f"\tinsteadOf = {_quoted(prefix)}" for prefix in prefixes]
    return "\n".join([*lines, f"# end atlantis-gate {block.context}", ""])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def reading(store: str, config: str, *, beside: bool) -> str:
    """Return the helper that reads a store and never writes to it: a rejected or an accepted login leaves the file as it is.

    `beside`: the store is looked for in the folder of the configuration that GIT_CONFIG_GLOBAL names, wherever that is mounted.
    """
    if not beside:
        return f'!f() {{ test "$1" = get && git credential-store --file={shlex.quote(store)} get; }}; f'
    folder = '"$(dirname -- "$c")"'
    return (
        f"!f() {{ c=${{GIT_CONFIG_GLOBAL:-{shlex.quote(config)}}}; "
        f'test "$1" = get && git credential-store --file={folder}/{shlex.quote(store)} get; }}; f'
    )


def question(text: str) -> dict[str, str]:
    """Read what git asks of a helper: https://git-scm.com/docs/git-credential#IOFMT; what has no `=` is left out."""
    lines = (line.removesuffix("\r") for line in text.partition("\n\n")[0].split("\n"))
    return {name: value for name, sign, value in (line.partition("=") for line in lines) if sign}


def answer(username: str, password: str, expires: datetime | None) -> str:
    """Return a helper's answer, one attribute a line."""
    until = [] if expires is None else [f"password_expiry_utc={int(expires.timestamp())}"]
    return "\n".join([f"username={username}", f"password={password}", *until])
