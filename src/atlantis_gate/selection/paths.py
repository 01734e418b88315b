"""Paths inside a repository as Go's path package treats them: slash-separated, relative to the root, `.` is the root."""

from __future__ import annotations

import posixpath

# What Go's strings.TrimSpace removes; Python's str.strip() would also remove four separators that Go keeps.
# https://pkg.go.dev/unicode#IsSpace
SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


def clean(path: str) -> str:
    """Resolve `.`, `..` and doubled slashes as text; `` gives `.`."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def join(directory: str, path: str) -> str:
    """Put `path` below `directory` and clean the result; a leading slash of `path` means nothing."""
    return clean(f"{directory}/{path}")


def parent(path: str) -> str:
    """Return the directory that a file is in, `.` at the root."""
    head, slash, _ = path.rpartition("/")
    return clean(head + slash)


def base(path: str) -> str:
    """Return the last part of a clean path."""
    return path.rpartition("/")[2]
