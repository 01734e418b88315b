"""What the template's parameters are by the table of options: names as Azure writes them, types, defaults and allowed values."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from atlantis_gate.settings import OPTIONS, Option

TEMPLATE: Final = Path(__file__).resolve().parents[2] / "azure-pipelines-template.yml"
# Inputs of GitHub's action, as far as the subcommand takes them that the template runs.
INPUTS: Final = tuple(option for option in OPTIONS if option.input and "check" in option.commands)
TYPES: Final = {"switch": "boolean", "number": "number"}
# Read from the pull request's head unless it is given; the template also needs the decision itself.
DECISION_FILE: Final = "$(Agent.TempDirectory)/atlantis-gate.decision.json"


def template() -> dict[str, Any]:
    """Return the template as it is written."""
    content: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    return content


def name(option: Option) -> str:
    """Return an option's name as a parameter: `planned-on` is `plannedOn`."""
    first, *rest = option.name.split("-")
    return first + "".join(word.capitalize() for word in rest)


def default(option: Option) -> str:
    """Return a parameter's default: the option's own, but nothing for one of Atlantis' that its config file may set (`config`)."""
    return "" if option.atlantis and option.kind != "switch" and not option.choices else option.default


def declaration(option: Option) -> str:
    """Return what the template says of an option under `parameters`."""
    text = default(option) or "''"
    values = f"    values: [{', '.join(option.choices)}]\n" if option.choices else ""
    kind = TYPES.get(option.kind, "string")
    return f"  - name: {name(option)}\n    displayName: {quoted(option.help)}\n    type: {kind}\n    default: {text}\n{values}"


def mapping(option: Option) -> str:
    """Return the job variable that hands a parameter to the gate; what is the gate's own default is left empty where a file may say it."""
    value = f"parameters.{name(option)}"
    if option.kind == "switch":
        value = f"replace(lower({value}), 'false', '')"
    elif option.atlantis and option.choices:
        value = f"replace({value}, '{option.default}', '')"
    elif option.name == "decision-file":
        value = f"coalesce({value}, '{DECISION_FILE}')"
    return f"{option.variable}: ${{{{ {value} }}}}\n"


def quoted(text: str) -> str:
    """Return a text as YAML, in double quotes where it needs any."""
    try:
        plain = yaml.safe_load(f"a: {text}") == {"a": text}
    except yaml.YAMLError:
        plain = False
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
