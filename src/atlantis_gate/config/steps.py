"""The steps of workflows and the hooks of the server: values whose shape decides what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from atlantis_gate.config.command_steps import OUTPUTS, command_step
from atlantis_gate.config.findings import either, meant, shown
from atlantis_gate.config.nodes import Mapping, Node, Scalar, Sequence, is_null
from atlantis_gate.config.parsed import Hook, Step
from atlantis_gate.config.step_schema import step_schema

if TYPE_CHECKING:
    from atlantis_gate.config.findings import Findings
    from atlantis_gate.config.kinds import Reader

BUILT_IN = ("init", "plan", "apply", "env", "multienv", "show", "policy_check", "import", "state_rm")
_SHORT = 60
_RUNNING = ("run", "multienv")
_NO_STEP = Step(step="")
_HOOK_KEYS = {"run": "run", "description": "description", "shell": "shell", "shellArgs": "shell_args", "commands": "commands"}


class StepKind:
    """A step in any of its four shapes: a name, a name with a command, a name with extra_args, a name with options."""

    needs_check: ClassVar[bool] = True

    def read(self, node: Node, reader: Reader) -> Step | None:
        """Return the value of a node, or note a mismatch and return None."""
        if type(node) is Scalar and _is_text(node, reader):
            return _bare_step(node, reader)
        if type(node) is not Mapping:
            reader.mismatch(node, "a step (a name, or a map with one key)")
            return None
        entry = _single(node, reader)
        if entry is None:
            return None
        key, value = entry
        if is_null(value) or _is_text(value, reader):
            return _text_step(key, value, reader)
        if type(value) is not Mapping:
            reader.mismatch(value, "a command or a map")
            return None
        arguments = all(is_null(item) or _is_texts(item, reader) for _, item in value.pairs.values())
        return _built_in_step(key, value, reader) if arguments else command_step(key, value, reader)

    def check(self, value: Step, node: Node, findings: Findings) -> None:
        """Note what is wrong with a value."""
        if not value.step:
            findings.error(node, "a step cannot be null in JSON")

    def empty(self, node: Node) -> Step:
        """Return what a null in a JSON list stands for."""
        del node
        return _NO_STEP

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return step_schema(BUILT_IN, OUTPUTS)


class HookKind:
    """A hook: a map of texts, of which Atlantis knows a few keys and ignores the others."""

    needs_check: ClassVar[bool] = False

    def read(self, node: Node, reader: Reader) -> Hook | None:
        """Return the value of a node, or note a mismatch and return None."""
        if type(node) is not Mapping:
            reader.mismatch(node, "a hook (a map with `run`)")
            return None
        if not node.pairs:
            reader.findings.error(node, "this hook is empty; give it a `run` key")
            return None
        found: dict[str, str] = {}
        for name, (key, value) in node.pairs.items():
            if not is_null(value) and not _is_text(value, reader):
                reader.mismatch(value, "text")
            elif name not in _HOOK_KEYS:
                reader.findings.warn(key, f"a hook has no key {shown(name)}; it is ignored{meant(name, tuple(_HOOK_KEYS))}")
            elif isinstance(value, Scalar) and not is_null(value):
                found[_HOOK_KEYS[name]] = value.text
        if not found.get("run"):
            reader.findings.warn(node, "this hook has no `run` and does nothing")
        return Hook(**found)

    def check(self, value: Hook, node: Node, findings: Findings) -> None:
        """Note what is wrong with a value."""
        del value, node, findings

    def empty(self, node: Node) -> Hook:
        """Return what a null in a JSON list stands for."""
        del node
        return Hook()

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": ["object", "null"], "minProperties": 1, "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}


def _is_text(node: Node, reader: Reader) -> bool:
    return type(node) is Scalar and (not reader.json or node.tag == "str")


def _is_texts(node: Node, reader: Reader) -> bool:
    return type(node) is Sequence and all(is_null(item) or _is_text(item, reader) for item in node.items)


def _single(node: Mapping, reader: Reader) -> tuple[Scalar, Node] | None:
    """Return the only entry of a step."""
    if len(node.pairs) == 1:
        return next(iter(node.pairs.values()))
    if node.pairs:
        names = ", ".join(shown(name) for name in list(node.pairs)[:5])
        many = f"a step has a single key, this one has {len(node.pairs)}: {names}"
        reader.findings.error(node, f"{many}; indent options under the step's key")
    else:
        reader.findings.error(node, "this step is empty")
    return None


def _bare_step(node: Scalar, reader: Reader) -> Step | None:
    if node.text not in BUILT_IN:
        example = f"; write `run: {node.text}` to run a command" if node.text.isprintable() and len(node.text) <= _SHORT else ""
        hint = meant(node.text, BUILT_IN) or example
        reader.findings.error(node, f"{shown(node.text)} is not a step{hint}")
        return None
    if node.text in {"env", "multienv"}:
        reader.findings.warn(node, f"`{node.text}` without options does nothing")
    return Step(step=node.text)


def _text_step(key: Scalar, value: Node, reader: Reader) -> Step | None:
    """Read `run: command` or `multienv: command`."""
    if key.text in _RUNNING:
        text = value.text if isinstance(value, Scalar) and not is_null(value) else ""
        if not text:
            reader.findings.warn(key, f"`{key.text}` without a command does nothing")
        return Step(step=key.text, command=text)
    if key.text in BUILT_IN:
        reader.findings.error(key, f"`{key.text}:` needs a map such as `extra_args: [...]`; without options write `- {key.text}`, no colon")
    else:
        reader.findings.error(key, f"{shown(key.text)} is not a step{_step_hint(key.text)}")
    return None


def _built_in_step(key: Scalar, value: Mapping, reader: Reader) -> Step | None:
    """Read `plan: {extra_args: [...]}`."""
    if key.text not in BUILT_IN:
        hint = "; `run` needs a `command` that is text" if key.text == "run" else _step_hint(key.text)
        reader.findings.error(key, f"{shown(key.text)} is not a step that takes this{hint}")
        return None
    for name, (place, _) in value.pairs.items():
        if name != "extra_args":
            reader.findings.error(place, f"`{key.text}` takes `extra_args` and nothing else, not {shown(name)}")
            return None
    found = value.pairs.get("extra_args")
    if found is None or type(found[1]) is not Sequence:
        return Step(step=key.text)
    kept = [item for item in found[1].items if reader.json or not is_null(item)]
    return Step(step=key.text, extra_args=tuple("" if is_null(item) else item.text for item in kept if isinstance(item, Scalar)))


def _step_hint(name: str) -> str:
    return meant(name, (*BUILT_IN, "run")) or f"; use {either((*BUILT_IN, 'run'))}"
