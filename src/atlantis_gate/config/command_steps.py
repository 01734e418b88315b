"""Steps with options: run, multienv and env as a map with command, output, shell and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.config.findings import either, meant, shown
from atlantis_gate.config.nodes import Mapping, Node, Scalar, Sequence, is_null, kind_of
from atlantis_gate.config.parsed import Step
from atlantis_gate.config.rules import regex_problem

if TYPE_CHECKING:
    from atlantis_gate.config.kinds import Reader

_ENV_KEYS = ("name", "value", "command", "shell", "shellArgs")
_RUN_KEYS = ("command", "output", "shell", "shellArgs")
OUTPUTS = {"run": ("show", "hide", "strip_refreshing", "filter_regex"), "multienv": ("show", "hide")}


def command_step(key: Scalar, value: Mapping, reader: Reader) -> Step | None:
    """Read a step whose value is a map of options; note what is wrong and return None when it is none."""
    name = key.text
    if "extra_args" in value.pairs and name not in {"run", "env"}:
        reader.findings.error(value.pairs["extra_args"][0], "`extra_args` must be a list of texts, and the only key of its step")
        return None
    if name not in {"run", "multienv", "env"}:
        hint = meant(name, ("run", "multienv", "env"))
        reader.findings.error(key, f"{shown(name)} is not a step that takes these options{hint}; only run, multienv and env do")
        return None
    options = {option: found for option, (_, found) in value.pairs.items()}
    if _unknown_options(key, value, reader) or _shell_problem(key, options, reader):
        return None
    return _env_step(key, options, reader) if name == "env" else _run_step(key, options, reader)


def _text(node: Node | None) -> str | None:
    """Return the text of an option; what is not text is nothing, as in Atlantis."""
    return node.text if type(node) is Scalar and kind_of(node) == "str" else None


def _unknown_options(key: Scalar, value: Mapping, reader: Reader) -> bool:
    known = _ENV_KEYS if key.text == "env" else _RUN_KEYS
    unknown = [(name, place) for name, (place, _) in value.pairs.items() if name not in known]
    for name, place in unknown:
        reader.findings.error(place, f"`{key.text}` has no option {shown(name)}{meant(name, known) or f'; it has {either(known)}'}")
    return bool(unknown)


def _shell_problem(key: Scalar, options: dict[str, Node], reader: Reader) -> bool:
    """Note shell without command, shellArgs without shell, and arguments that are not text."""
    wrong = ""
    arguments = options.get("shellArgs")
    if "shell" in options and "command" not in options:
        wrong = "`shell` only goes with `command`"
    elif "shellArgs" in options and "shell" not in options:
        wrong = "`shellArgs` only goes with `shell`"
    elif arguments is not None and not is_null(arguments):
        if type(arguments) is Sequence and not all(_text(item) is not None for item in arguments.items):
            wrong = "`shellArgs` must hold only texts; put numbers in quotes"
        elif type(arguments) is not Sequence and _text(arguments) is None:
            wrong = "`shellArgs` must be a text or a list of texts"
    if not wrong and arguments is not None and _text(options.get("shell")) is None:
        wrong = "`shell` must be a text when `shellArgs` is given"
    if wrong:
        reader.findings.error(arguments or options.get("shell") or key, wrong)
    return bool(wrong)


def _shell(options: dict[str, Node], reader: Reader) -> tuple[str | None, tuple[str, ...] | None]:
    shell = _text(options.get("shell"))
    if shell is None:
        if "shell" in options:
            reader.findings.warn(options["shell"], "`shell` is not a text and is ignored; put it in quotes")
        return None, None
    arguments = options.get("shellArgs")
    if type(arguments) is Sequence:
        return shell, tuple(_text(item) or "" for item in arguments.items)
    text = _text(arguments)
    return shell, ("-c",) if text is None else tuple(text.split(" "))


def _env_step(key: Scalar, options: dict[str, Node], reader: Reader) -> Step | None:
    if "name" not in options:
        reader.findings.error(key, "`env` needs a `name`")
        return None
    if "value" in options and "command" in options:
        reader.findings.error(key, "`env` takes a `value` or a `command`, not both")
        return None
    for option in ("name", "value", "command"):
        node = options.get(option)
        if node is not None and _text(node) is None:
            reader.findings.warn(node, f"`{option}` is not a text, so Atlantis takes it for empty; put it in quotes")
    shell, arguments = _shell(options, reader)
    return Step(
        step="env",
        command=_text(options.get("command")) or "",
        env_name=_text(options.get("name")) or "",
        env_value=_text(options.get("value")) or "",
        shell=shell,
        shell_args=arguments,
    )


def _run_step(key: Scalar, options: dict[str, Node], reader: Reader) -> Step | None:
    name = key.text
    command = _text(options.get("command"))
    if command is None:
        reader.findings.error(options.get("command", key), f"`{name}` needs a `command` that is text; put a number in quotes")
        return None
    node = options.get("output")
    output = _text(node)
    regexes: tuple[str, ...] | None = None
    if output is not None and node is not None and output not in OUTPUTS[name]:
        choices = OUTPUTS[name]
        reader.findings.error(node, f"the output {shown(output)} is not accepted; use {either(choices)}{meant(output, choices)}")
        return None
    outputs: tuple[str, ...] = () if output is None else (output,)
    if type(node) is Sequence:
        outputs, regexes = _outputs(node, name, reader)
    elif node is not None and output is None and not is_null(node):
        reader.findings.warn(node, "`output` is neither a text nor a list and is ignored")
    default = ("show",) if name == "run" else None
    shell, arguments = _shell(options, reader)
    return Step(step=name, command=command, output=outputs or default, shell=shell, shell_args=arguments, filter_regexes=regexes)


def _outputs(node: Sequence, name: str, reader: Reader) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Read a list of outputs, of which Atlantis checks only the expressions."""
    outputs: list[str] = []
    regexes: list[str] = []
    for item in node.items:
        text = _text(item)
        if text is not None:
            outputs.append(text)
            if text not in OUTPUTS[name]:
                reader.findings.warn(item, f"the output {shown(text)} is not known and has no effect{meant(text, OUTPUTS[name])}")
        elif type(item) is Mapping:
            outputs += [option for option in item.pairs if option not in outputs]
            regexes += _filters(item, reader)
        else:
            reader.findings.warn(item, "this output is not a text and is ignored")
    return tuple(outputs), tuple(regexes) or None


def _filters(item: Mapping, reader: Reader) -> list[str]:
    entry = item.pairs.get("filter_regex")
    text = _text(entry[1]) if entry else None
    if entry is None or text is None:
        reader.findings.warn(item, "this output filters nothing; write `filter_regex: ` and an expression")
        return []
    wrong = regex_problem(text)
    if wrong:
        reader.findings.error(entry[1], wrong)
    return [text]
