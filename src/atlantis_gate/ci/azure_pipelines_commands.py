"""The commands that Azure's agent reads from a step's lines, written such that nothing in a value ends or starts one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.plain import block, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from atlantis_gate.decisions import Annotation

# The agent keeps 10 errors and 10 warnings of a step.
# https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/ExecutionContext.cs
MOST_ISSUES: Final = 10
# Variables become environment variables of later steps, and Windows' hold less than 32,767 characters.
# https://learn.microsoft.com/en-us/windows/win32/api/processenv/nf-processenv-setenvironmentvariablea
MOST_CHARACTERS: Final = 32_000
_JSON: Final = ("projects", "blocked-projects")


def variables(outputs: Mapping[str, str]) -> Iterator[str]:
    """Return the commands that set every output, `-` in names being `_`; a list too long for a variable is left empty, and said so."""
    for name, value in outputs.items():
        # A percent sign in JSON is written such that it means the same to agents that decode one and to those that do not, and a dollar
        # sign such that no agent takes `$(name)` in a project's name for a variable, whose value it would put there:
        # https://learn.microsoft.com/en-us/azure/devops/pipelines/process/variables#understand-variable-syntax
        text = value.replace("%", "\\u0025").replace("$", "\\u0024") if name in _JSON else value
        variable = name.replace("-", "_")
        if len(text) > MOST_CHARACTERS:
            yield f"##vso[task.logissue type=warning]{variable} is left empty: {len(text):,} characters are too many for a variable"
            text = ""
        yield f"##vso[task.setvariable variable={_property(variable)};isOutput=true;isreadonly=true]{data(text)}"


def issues(annotations: Sequence[Annotation]) -> Iterator[str]:
    """Return the commands that show annotations as issues of the run, as many of each type as the agent keeps."""
    for kind in ("error", "warning"):
        of_kind = [annotation for annotation in annotations if (annotation.level == "error") == (kind == "error")]
        yield from (_issue(kind, annotation) for annotation in of_kind[:MOST_ISSUES])


def summary(path: str) -> str:
    """Return the command that shows a Markdown file with the run; the path is the agent's."""
    return f"##vso[task.uploadsummary]{data(path)}"


def _issue(kind: str, annotation: Annotation) -> str:
    place = f";sourcepath={_property(annotation.file)}" if annotation.file else ""
    line = f";linenumber={annotation.line}" if annotation.file and annotation.line > 0 else ""
    text = block(": ".join(part for part in (one_line(annotation.title), annotation.text) if part))
    return f"##vso[task.logissue type={kind}{place}{line}]{data(text)}"


# How the agent decodes them:
# https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Sdk/CommandStringConvertor.cs
def data(text: str) -> str:
    """Return a text as the part after the bracket."""
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return data(one_line(text)).replace(";", "%3B").replace("]", "%5D")
