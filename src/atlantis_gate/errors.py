"""What can go wrong, in five classes: each text says what happened, what it usually means and what to change."""

from __future__ import annotations

from atlantis_gate.frozen import frozen


@frozen
class Problem:
    """One thing that is wrong at one place of a configuration file; line and column start at 1, 0 means unknown."""

    file: str
    line: int
    column: int
    text: str
    warning: bool = False

    def __str__(self) -> str:
        """Render as `file:line:column: text`."""
        place = ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])
        return f"{place}: {'warning: ' if self.warning else ''}{self.text}"


class GateError(Exception):
    """Anything that keeps the gate from being evaluated; the run ends with exit code 2."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        """Take what happened (and what it usually means) and what to change."""
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        """Render the message and, on a line of its own, the advice."""
        return f"{self.message}\n{self.advice}" if self.advice else self.message


class UsageError(GateError):
    """An option or argument that cannot be used as given."""


class ConfigError(GateError):
    """atlantis.yaml, repos.yaml or another file of settings is not as it must be; all problems at once."""

    def __init__(self, problems: tuple[Problem, ...], *, advice: str = "") -> None:
        """Take every problem found, each with its place."""
        super().__init__("\n".join(map(str, problems)), advice=advice)
        self.problems = problems


class CIError(GateError):
    """The CI environment does not say which pull request this is, or says it wrongly."""


class CredentialError(GateError):
    """A credential is missing, malformed, or refused by the host. `operation` is what was being done, empty before anything is asked."""

    def __init__(self, message: str, *, advice: str = "", operation: str = "") -> None:
        """Take what happened, what to change, and what was being done."""
        super().__init__(message, advice=advice)
        self.operation = operation

    def __str__(self) -> str:
        """Render what happened, what was being done, and what to do."""
        said = f"{self.message} ({self.operation})" if self.operation else self.message
        return f"{said}\n{self.advice}" if self.advice else said


class HostError(GateError):
    """A host did not answer as needed. `status` is the HTTP status, 0 when there was none; the URL carries no secret."""

    def __init__(self, message: str, *, operation: str, status: int = 0, url: str = "", advice: str = "") -> None:
        """Take what was being done, the HTTP status if any, and the URL asked."""
        super().__init__(message, advice=advice)
        self.operation = operation
        self.status = status
        self.url = url

    def __str__(self) -> str:
        """Render what happened, what was being done and where it was asked, and what to do."""
        asked = f"{self.operation}: {self.url}" if self.url else self.operation
        return "\n".join([f"{self.message} ({asked})", *([self.advice] if self.advice else [])])

    def about(self, subject: str) -> HostError:
        """Return the same error with what it is about in front."""
        return HostError(f"{subject}: {self.message}", operation=self.operation, status=self.status, url=self.url, advice=self.advice)
