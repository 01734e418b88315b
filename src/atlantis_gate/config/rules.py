"""What single values must look like: every function returns what is wrong, or an empty text."""

from __future__ import annotations

import re

from atlantis_gate import doublestar
from atlantis_gate.config.findings import shown
from atlantis_gate.regex import RegexError, compile_regex

_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
_NAME = re.compile(r"[A-Za-z0-9._~/-]+")
_LONGEST_VERSION = 256
_INT64 = 2**63
# What few files need is compiled when it is needed.
# The grammar of github.com/hashicorp/go-version (https://pkg.go.dev/github.com/hashicorp/go-version#pkg-constants).
_VERSION = (
    r"v?(?P<numbers>[0-9]+(?:\.[0-9]+)*?)"
    r"(?:-(?P<pre>[0-9]+[0-9A-Za-z\-~]*(?:\.[0-9A-Za-z\-~]+)*)|-?(?P<word>[A-Za-z\-~]+[0-9A-Za-z\-~]*(?:\.[0-9A-Za-z\-~]+)*))?"
    r"(?:\+(?P<meta>[0-9A-Za-z\-~]+(?:\.[0-9A-Za-z\-~]+)*))?"
)
_INTEGER = r"[-+]?(?:0|[1-9][0-9]*)"
_DNS_NAME = r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62}(?:\.[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62})*[._]?"
_LONGEST_HOST = 255


def is_regex(text: str) -> bool:
    """Tell whether a repo id is an expression between slashes; a lone slash counts as one that is cut short."""
    return text.startswith("/") and text.endswith("/")


def expression(text: str) -> str:
    """Check an expression between slashes."""
    if not is_regex(text):
        example = shown(f"/^{text.strip('/^$') or 'main'}$/")
        return f"{shown(text)} must be a regular expression between slashes, such as {example}"
    if len(text) == 1:
        return "a single `/` is no expression; write `/.*/` to match everything"
    try:
        compile_regex(text[1:-1])
    except RegexError as error:
        return f"{shown(text)} is not a regular expression of Go's RE2 dialect: {error}"
    return ""


def repo_id(text: str) -> str:
    """Check the id of a repos entry: an exact id, or an expression between slashes."""
    if not text:
        return "`id` cannot be blank; write `host/owner/repo`, or an expression such as `/.*/`"
    return expression(text) if is_regex(text) else ""


def server_branch(text: str) -> str:
    """Check the branch of a repos entry; an empty one is as good as none."""
    return expression(text) if text else ""


def repo_config_file(text: str) -> str:
    """Check the path of a repo's own configuration file."""
    if text.startswith("/"):
        return f"{shown(text)} must be relative to the repository, without a leading slash"
    if "../" in text or "..\\" in text:
        return f"{shown(text)} must stay inside the repository, without `../`"
    return ""


def workspace(text: str) -> str:
    """Check a workspace's name."""
    if "/" in text or "\\" in text:
        return f"the workspace {shown(text)} cannot contain `/` or `\\`"
    if ".." in text or text == ".":
        return f"the workspace {shown(text)} cannot {'contain `..`' if '..' in text else 'be `.`'}"
    if text.startswith(("-", "~")):
        return f"the workspace {shown(text)} cannot start with `{text[0]}`"
    if "$" in text:
        return f"the workspace {shown(text)} cannot contain `$`"
    if _BLANK.search(text):
        return f"the workspace {shown(text)} cannot contain blanks or control characters"
    return ""


def project_dir(text: str) -> str:
    """Check a project's directory, or the pattern for directories."""
    if not text:
        return "`dir` cannot be blank; write `.` for the root of the repository"
    if ".." in text:
        return f"the directory {shown(text)} cannot contain `..`, not even within a name; directories are relative to the root"
    if doublestar.has_glob(text) and not doublestar.valid(text):
        return f"{shown(text)} is not a valid pattern of directories; close every `[` and `{{`, and double a trailing backslash"
    return ""


def project_name(text: str) -> str:
    """Check a project's name."""
    if not text:
        return "`name` cannot be empty when it is set; leave the key out, or name the project"
    if doublestar.has_glob(text):
        return f"the name {shown(text)} cannot contain `*`, `?` or `[`; patterns belong into `dir`"
    if not _NAME.fullmatch(text):
        return f"the name {shown(text)} may hold only letters A to Z and a to z, digits and `. _ ~ - /`"
    return ""


def ignore_path(text: str) -> str:
    """Check a pattern of autodiscover.ignore_paths."""
    if text.startswith("/"):
        return f"the pattern {shown(text)} must not begin with a slash; it is relative to the root of the repository"
    if doublestar.valid(text):
        return ""
    return f"{shown(text)} is not a valid pattern; close every `[` and `{{`, and double a trailing backslash"


def normal_version(text: str) -> str | None:
    """Return a version in its full form (`v1.2` is `1.2.0`), None when it is none."""
    found = re.fullmatch(_VERSION, text) if len(text) <= _LONGEST_VERSION else None
    if not found:
        return None
    numbers = [int(number) for number in found["numbers"].split(".")]
    if max(numbers) >= _INT64:
        return None
    numbers += [0] * (3 - len(numbers))
    pre = found["pre"] or found["word"]
    return ".".join(map(str, numbers)) + (f"-{pre}" if pre else "") + (f"+{found['meta']}" if found["meta"] else "")


def version(text: str) -> str:
    """Check a terraform or conftest version."""
    if normal_version(text) is not None:
        return ""
    return f"{shown(text)} is not a version such as `1.5.7`; ranges, `latest` and wildcards are not accepted"


def statsd_host(text: str) -> str:
    """Check that a text is an IP address or a DNS name."""
    from ipaddress import ip_address  # noqa: PLC0415  only needed where metrics are configured

    try:
        ip_address(text)
    except ValueError:
        named = re.fullmatch(_DNS_NAME, text) and len(text.replace(".", "")) <= _LONGEST_HOST
        return "" if named else f"the host {shown(text)} must be a valid IP address or DNS name" if text else "`host` cannot be blank"
    return ""


def statsd_port(text: str) -> str:
    """Check that a text is a whole number."""
    if not text:
        return "`port` cannot be blank"
    return "" if re.fullmatch(_INTEGER, text) else f"the port {shown(text)} must be a whole number"


def endpoint(text: str) -> str:
    """Check that prometheus' endpoint is given."""
    return "" if text else "`endpoint` cannot be blank; write a path such as `/metrics`"


def regex_problem(text: str) -> str:
    """Check an expression that stands without slashes."""
    try:
        compile_regex(text)
    except RegexError as error:
        return f"{shown(text)} is not a regular expression of Go's RE2 dialect: {error}"
    return ""
