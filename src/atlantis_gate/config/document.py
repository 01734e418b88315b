"""Reading the first YAML document of a file into nodes with places, as Atlantis' decoder would, within limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from atlantis_gate.config.findings import shown
from atlantis_gate.config.nodes import KINDS, Mapping, Node, Scalar, Sequence, resolved
from atlantis_gate.errors import ConfigError, Problem

# libyaml's parser; without libyaml the one in Python, which gives the same events more slowly.
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

if TYPE_CHECKING:
    from atlantis_gate.config.findings import Findings

MAX_BYTES = 10_000_000
MAX_NODES = 2_000_000
MAX_DEPTH = 1_000
MAX_DIRECTIVES = 100
_CORE_TAG = "tag:yaml.org,2002:"
# Atlantis' decoder tolerates aliases until they make up this share of all nodes (https://github.com/yaml/go-yaml, decode.go).
_FREE_ALIASES, _FREE_NODES = 100, 1_000
_LOW, _HIGH = 400_000, 4_000_000
_ENDS = frozenset({yaml.DocumentEndEvent, yaml.StreamEndEvent, type(None)})


class _Frame:
    """A collection that is being read; `before` is how many values were read before it."""

    __slots__ = ("anchor", "before", "children", "column", "line", "mapping")

    def __init__(self, anchor: str | None, mark: Any, before: int, *, mapping: bool) -> None:
        self.mapping = mapping
        self.anchor = anchor
        self.line: int = mark.line + 1
        self.column: int = mark.column + 1
        self.before = before
        self.children: list[Node] = []


class _Stop(Exception):  # noqa: N818  it is not an error by itself
    """The document cannot be read on."""

    def __init__(self, mark: Any, text: str) -> None:
        super().__init__(text)
        self.line = mark.line + 1
        self.column = mark.column + 1
        self.text = text


class _Composer:
    """Builds nodes from the parser's events without recursion."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.frame = _Frame(None, yaml.Mark("", 0, 0, 0, None, 0), 0, mapping=False)
        self.frames = [self.frame]
        self.anchors: dict[str, tuple[Node, int] | None] = {}
        self.nodes = 0
        self.aliased = 0
        self.handlers = {
            yaml.ScalarEvent: self.scalar,
            yaml.MappingStartEvent: self.open,
            yaml.SequenceStartEvent: self.open,
            yaml.MappingEndEvent: self.close,
            yaml.SequenceEndEvent: self.close,
            yaml.AliasEvent: self.alias,
        }

    def spend(self, count: int, mark: Any) -> None:
        self.nodes += count
        if self.nodes > MAX_NODES:
            raise _Stop(mark, f"the file holds more than {MAX_NODES:,} values (aliases and merge keys counted in full), which is not read")

    def scalar(self, event: Any) -> None:
        mark = event.start_mark
        self.spend(1, mark)
        tag = event.tag
        node = Scalar(event.value, not event.style and tag is None, "" if tag is None else self.tag(event), mark.line + 1, mark.column + 1)
        self.frame.children.append(node)
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 1)

    def tag(self, event: Any) -> str:
        """Return the short name of a scalar's explicit tag; note a tag that is unknown or that the text does not fit."""
        tag = "str" if event.tag == "!" else event.tag.removeprefix(_CORE_TAG)
        if tag == "timestamp":
            return "str"
        place = Scalar("", plain=True, tag="", line=event.start_mark.line + 1, column=event.start_mark.column + 1)
        if tag not in KINDS:
            self.findings.error(place, f"the tag {shown(event.tag)} is not known here; remove it")
            return "str"
        fits = tag == "str" or resolved(event.value) in ({"int", "float"} if tag == "float" else {tag})
        if not fits:
            self.findings.error(place, f"{shown(event.value)} cannot be read as {tag}, which its tag asks for; remove the tag")
        return tag

    def open(self, event: Any) -> None:
        mapping = type(event) is yaml.MappingStartEvent
        self.spend(1, event.start_mark)
        if len(self.frames) > MAX_DEPTH:
            raise _Stop(event.start_mark, f"values are nested more than {MAX_DEPTH:,} levels deep, which is not read")
        frame = _Frame(event.anchor, event.start_mark, self.nodes - 1, mapping=mapping)
        if event.tag not in {None, "!", _CORE_TAG + ("map" if mapping else "seq")}:
            self.findings.error(frame, f"the tag {shown(event.tag)} is not known here; remove it")
        if frame.anchor is not None:
            self.anchors[frame.anchor] = None
        self.frames.append(frame)
        self.frame = frame

    def close(self, event: Any) -> None:
        frame = self.frames.pop()
        self.frame = self.frames[-1]
        node: Node = Sequence(tuple(frame.children), frame.line, frame.column)
        if frame.mapping:
            node = Mapping(self.pairs(frame, event.start_mark), frame.line, frame.column)
        self.frame.children.append(node)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (node, self.nodes - frame.before)

    def alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            raise _Stop(event.start_mark, f"the alias *{event.anchor} stands for an anchor that is not defined before it")
        known = self.anchors[event.anchor]
        if known is None:
            raise _Stop(event.start_mark, f"the alias *{event.anchor} stands inside the value that it refers to")
        node, count = known
        self.aliased += count
        self.spend(count, event.start_mark)
        if self.aliased > _FREE_ALIASES and self.nodes > _FREE_NODES and self.aliased / self.nodes > _tolerated(self.nodes):
            raise _Stop(event.start_mark, "aliases repeat too much of the file; write the values out or use fewer aliases")
        self.frame.children.append(node)

    def pairs(self, frame: _Frame, mark: Any) -> dict[str, tuple[Scalar, Node]]:
        """Return the entries of a mapping: its own, then those that merge keys bring."""
        own: dict[str, tuple[Scalar, Node]] = {}
        merge: tuple[Scalar, Node] | None = None
        children = iter(frame.children)
        for key, value in zip(children, children, strict=True):
            if type(key) is not Scalar:
                self.findings.error(key, "a key must be text, not a list or a map")
            elif key.plain and key.text == "<<":
                if merge is not None:
                    self.findings.error(key, f"a second merge key; the first one is on line {merge[0].line}")
                merge = merge or (key, value)
            elif key.text in own:
                self.findings.error(key, f"the key {shown(key.text)} is already there on line {own[key.text][0].line}; keep one of them")
            else:
                own[key.text] = (key, value)
        for source in self.merged(*merge) if merge else ():
            self.spend(len(source.pairs), mark)
            for name, entry in source.pairs.items():
                own.setdefault(name, entry)
        return own

    def merged(self, key: Scalar, value: Node) -> list[Mapping]:
        sources = value.items if type(value) is Sequence else (value,)
        if not all(type(source) is Mapping for source in sources):
            self.findings.error(key, "a merge key takes a map, an alias of one, or a list of those")
        return [source for source in sources if isinstance(source, Mapping)]


def _tolerated(nodes: int) -> float:
    if nodes <= _LOW:
        return 0.99
    return 0.10 if nodes >= _HIGH else 0.99 - 0.89 * (nodes - _LOW) / (_HIGH - _LOW)


def refuse_size(file: str, data: bytes) -> None:
    """Raise ConfigError for a file that is too large to be a configuration."""
    if len(data) > MAX_BYTES:
        raise ConfigError((Problem(file, 0, 0, f"the file is {len(data):,} bytes large; at most {MAX_BYTES:,} are read"),))


def read_yaml(data: bytes, findings: Findings) -> Node | None:
    """Return the root of the first document, None when it is empty.

    Duplicate keys, bad tags and merge keys go to `findings`; what cannot be read at all raises ConfigError.
    """
    refuse_size(findings.file, data)
    composer = _Composer(findings)
    try:
        _compose(composer, data)
    except _Stop as stop:
        findings.error(stop, stop.text)
        findings.raise_errors()
    except yaml.YAMLError as error:
        findings.problems.append(_syntax_problem(findings.file, data, error))
        findings.raise_errors()
    return composer.frame.children[0] if composer.frame.children else None


def _compose(composer: _Composer, data: bytes) -> None:
    if data.count(b"\n%") > MAX_DIRECTIVES:
        raise _Stop(yaml.Mark("", 0, 0, 0, None, 0), f"more than {MAX_DIRECTIVES} lines begin with %, which is not read")
    next_event = _PARSER(data).get_event
    handlers = composer.handlers
    while True:
        event = next_event()
        handler = handlers.get(type(event))
        if handler is not None:
            handler(event)
        elif type(event) in _ENDS:
            return


def _syntax_problem(file: str, data: bytes, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    context = getattr(error, "context", None)
    text = f"this is not valid YAML: {what}" + (f" ({context})" if context else "")
    if mark is not None:
        line = data.decode("utf-8", "replace").splitlines()[mark.line : mark.line + 1]
        hint = "; indent with spaces, not tabs" if line and "\t" in line[0][: len(line[0]) - len(line[0].lstrip())] else ""
        return Problem(file, mark.line + 1, mark.column + 1, text + hint)
    position = getattr(error, "position", None)
    before = data[:position] if isinstance(position, int) else b""
    return Problem(file, before.count(b"\n") + 1, len(before) - before.rfind(b"\n"), text)
