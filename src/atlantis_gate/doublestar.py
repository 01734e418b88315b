"""Path patterns of the doublestar kind: `*`, `**`, `?`, `[...]`, `{a,b}` and backslash escapes, matched in bounded time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LENGTH = 2_000
MAX_BRACES = 50
MAX_EFFORT = 20_000
MAX_STEPS = 50_000

# What an expanded pattern is made of. A "mark" stands where an alternative begins, which counts as the start of a path segment.
_Step = Literal["one", "run", "segments", "rest", "skip"]
_Retry = tuple[int, int]
_Kind = Literal["star", "any", "slash", "literal", "class", "mark"]


@frozen
class _Atom:
    kind: _Kind
    text: str = ""
    ranges: tuple[tuple[str, str], ...] = ()
    negated: bool = False

    def takes(self, char: str) -> bool:
        """Tell whether this atom consumes one character."""
        if self.kind == "any":
            return char != "/"
        if self.kind == "class":
            return any(low <= char <= high for low, high in self.ranges) != self.negated
        return char == self.text


_STAR, _ANY, _SLASH, _MARK = _Atom("star"), _Atom("any"), _Atom("slash", "/"), _Atom("mark")
# What may be left over of a pattern when the path is used up (`a/**` matches `a`).
_EMPTY_REST = ((), (_STAR,), (_STAR, _STAR), (_SLASH, _STAR, _STAR), (_STAR, _STAR, _SLASH), (_SLASH, _STAR, _STAR, _SLASH))


@frozen
class _Op:
    """One step of a pattern: take one character, a run within a segment, whole segments, or all the rest."""

    kind: _Step
    atom: _Atom
    follower: int
    may_end: bool


class _BadPatternError(ValueError):
    pass


def has_glob(text: str) -> bool:
    """Tell whether `text` holds a character that makes Atlantis treat it as a pattern (braces alone do not)."""
    return any(char in text for char in "*?[")


def valid(pattern: str) -> bool:
    """Tell whether `pattern` is well formed and within the limits on length, braces and what they expand to."""
    return _well_formed(pattern) and effort(pattern) <= MAX_EFFORT


def effort(pattern: str) -> int:
    """Return how many characters a pattern has once its braces are written out, at most: what matching it costs for each one of a path."""
    counts = [(0, 1)]
    escaped = False
    for char in pattern:
        done, current = counts[-1]
        if escaped or char == "\\":
            escaped = not escaped
        elif char == "{":
            counts.append((0, 1))
        elif len(counts) > 1 and char == ",":
            counts[-1] = (done + current, 1)
        elif len(counts) > 1 and char == "}":
            counts.pop()
            counts[-1] = (counts[-1][0], counts[-1][1] * (done + current))
    return len(pattern) * max(done + current for done, current in counts)


def matches(pattern: str, path: str) -> bool:
    """Tell whether the whole of `path` matches; an invalid pattern, or one that takes over `MAX_STEPS` steps, matches nothing."""
    return valid(pattern) and any(_run(program, path) for program in _compiled(pattern))


def _class_end(pattern: str, start: int) -> int:
    """Return the index of the `]` that closes the class whose content starts at `start`, -1 when there is none or it is empty."""
    index = start + 1 if pattern[start : start + 1] in {"^", "!"} else start
    if pattern[index : index + 1] in {"", "]"}:
        return -1
    while index < len(pattern):
        if pattern[index] == "\\":
            index += 1
        elif pattern[index] == "]":
            return index
        index += 1
    return -1


@lru_cache(maxsize=4096)
def _well_formed(pattern: str) -> bool:
    if len(pattern) > MAX_LENGTH or pattern.count("{") > MAX_BRACES:
        return False
    depth = index = 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
            if index == len(pattern):
                return False
        elif char == "[":
            index = _class_end(pattern, index + 1)
            if index < 0:
                return False
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
        index += 1
    return depth == 0


def _alternatives(pattern: str, start: int) -> tuple[list[str], str]:
    """Split what follows a `{` into its alternatives and the rest after the matching `}`; classes are not looked at, as in doublestar."""
    parts, depth, begin, index = [], 1, start, start
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
        elif char == "," and depth == 1:
            parts.append(pattern[begin:index])
            begin = index + 1
        depth += (char == "{") - (char == "}")
        if not depth:
            return [*parts, pattern[begin:index]], pattern[index + 1 :]
        index += 1
    raise _BadPatternError


def _class(content: str) -> _Atom:
    """Read what stands between `[` and `]`."""
    negated = content[0] in "^!"
    chars = content[negated:]
    ranges: list[tuple[str, str]] = []
    last, index = "", 0
    while index < len(chars):
        if chars[index] == "-" and last and index + 1 < len(chars):
            index += 2 if chars[index + 1] == "\\" else 1
            ranges.append((last, chars[index : index + 1]))
            last = ""
        else:
            index += chars[index] == "\\"
            last = chars[index : index + 1]
            ranges.append((last, last))
        index += 1
    return _Atom("class", ranges=tuple(ranges), negated=negated)


def _expanded(pattern: str) -> Iterator[tuple[_Atom, ...]]:
    """Yield the pattern once for each choice of alternatives."""
    pending: list[tuple[tuple[_Atom, ...], str]] = [((), pattern)]
    while pending:
        atoms, text = pending.pop()
        found = list(atoms)
        index = 0
        while index < len(text) and text[index] != "{":
            atom, index = _atom(text, index)
            found.append(atom)
        if index == len(text):
            yield tuple(found)
            continue
        parts, rest = _alternatives(text, index + 1)
        pending += [((*found, _MARK), part + rest) for part in reversed(parts)]


def _atom(text: str, index: int) -> tuple[_Atom, int]:
    char = text[index]
    if char == "[":
        end = _class_end(text, index + 1)
        if end < 0:
            raise _BadPatternError
        return _class(text[index + 1 : end]), end + 1
    if char == "\\":
        if index + 1 == len(text):
            raise _BadPatternError
        return _Atom("literal", text[index + 1]), index + 2
    return {"*": _STAR, "?": _ANY, "/": _SLASH}.get(char) or _Atom("literal", char), index + 1


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> tuple[tuple[_Op, ...], ...]:
    try:
        return tuple(_program(atoms) for atoms in _expanded(pattern))
    except _BadPatternError:
        return ()


def _program(atoms: tuple[_Atom, ...]) -> tuple[_Op, ...]:
    """Turn atoms into operations, one for each atom: `follower` is the atom to go on with."""
    operations: list[_Op] = []
    segment_start = True
    inside_run = 0
    for index, atom in enumerate(atoms):
        kind, width = _operation(atoms, index, segment_start=segment_start)
        operations.append(_Op(kind, atom, index + width, _may_end(atoms, index)))
        if inside_run:
            inside_run -= 1
            continue
        inside_run = width - 1
        segment_start = kind in {"segments", "skip"} or atom.text == "/"
    return tuple(operations)


def _operation(atoms: tuple[_Atom, ...], index: int, *, segment_start: bool) -> tuple[_Step, int]:
    atom = atoms[index]
    if atom.kind == "mark":
        return "skip", 1
    if atom.kind != "star":
        return "one", 1
    if atoms[index + 1 : index + 2] != (_STAR,):
        return "run", 1
    if segment_start and index + 2 == len(atoms):
        return "rest", 2
    if segment_start and atoms[index + 2] == _SLASH:
        return "segments", 3
    return "run", 2


def _may_end(atoms: tuple[_Atom, ...], index: int) -> bool:
    while atoms[index : index + 1] == (_MARK,):
        index += 1
    return len(atoms) - index <= len(_EMPTY_REST[-1]) and atoms[index:] in _EMPTY_REST


def _run(program: tuple[_Op, ...], path: str) -> bool:
    """Follow a pattern as doublestar does: of several wildcards only the last one within a segment, and the last `**/`, are tried again."""
    star: _Retry | None = None
    double: _Retry | None = None
    operation, at = 0, 0
    for _ in range(MAX_STEPS):
        if at == len(path):
            return operation == len(program) or program[operation].may_end
        found = program[operation] if operation < len(program) else None
        if found is not None and found.kind == "rest":
            return True
        if found is not None and _passes(found, path[at]):
            if found.kind == "run":
                star = (found.follower, at)
            elif found.kind == "segments":
                star, double = None, (found.follower, at)
            operation, at = found.follower, at + (found.kind == "one")
            continue
        star, double = _retried(path, star, double)
        if star is None and double is None:
            return False
        operation, at = star or double or (0, 0)
    return False


def _passes(operation: _Op, char: str) -> bool:
    return operation.kind != "one" or operation.atom.takes(char)


def _retried(path: str, star: _Retry | None, double: _Retry | None) -> tuple[_Retry | None, _Retry | None]:
    """Let the last wildcard take one character more, or the last `**/` one segment more; two None when neither can."""
    if star is not None and path[star[1]] != "/":
        return (star[0], star[1] + 1), double
    slash = -1 if double is None else path.find("/", double[1])
    return None, None if double is None or slash < 0 else (double[0], slash + 1)
