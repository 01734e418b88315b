"""What a raw HTTP reply of GitHub means: an answer, a setback that passes, or an error that says what to change."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.calls import NOT_JSON, json_value
from atlantis_gate.hosts.github_refusals import Refusal, github_time, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts.github_tokens import Credential

# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
_SECONDARY_PAUSE: Final = 60.0
# The two words GitHub uses for it: https://github.com/github/docs/issues/22607, https://github.com/yanyongyu/githubkit/issues/271
_LIMITED: Final = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
_TEXT_LIMIT: Final = 300


@frozen(kw_only=True)
class Request:
    """One request: what for (in words), which permission it needs, and whether sending it twice does no harm."""

    verb: str
    url: str
    operation: str
    needs: str
    body: Mapping[str, object] | None = None
    repeat: bool = True
    write: bool = False


@frozen
class Reply:
    """A good answer: its headers (lower-case names) and its JSON value."""

    headers: Mapping[str, str]
    value: object


@frozen
class Setback:
    """Something that may pass; `seconds` is how long GitHub asks to wait, None where it does not say; `untouched`: nothing was done."""

    error: HostError
    seconds: float | None = None
    untouched: bool = False


def judge(request: Request, status: int, headers: Mapping[str, str], text: str, credential: Credential) -> Reply | Setback:
    """Sort a reply to a request with that credential.

    Raises CredentialError where the credential is refused as a whole, HostError for whatever else will not pass.
    """
    value = json_value(text)
    if _limited(status, headers, value):
        return Setback(_error(request, status, value, "rate limit reached", _LIMIT_ADVICE), _limit_pause(headers), untouched=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or _gave_up(value):
        return Setback(_error(request, status, value, "GitHub had a fault", "Usually this passes: run the job again."))
    good = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    error = None if good and not _errors(value) else refused(Refusal(status, _message(value), headers), credential, request.operation)
    if error is not None:
        raise error
    if not good:
        raise _refusal(request, status, headers, value)
    if value is NOT_JSON:
        raise _error(
            request,
            status,
            None,
            "the answer is not JSON",
            "Usually a proxy or a sign-in page answers instead of GitHub: check the address.",
        )
    return Reply(headers, value)


_LIMIT_ADVICE: Final = "Run the job again later, give it more time (--timeout), or use a token with a limit of its own."
_ABSENT_ADVICE: Final = (
    "No such repository, pull request or commit, or the token cannot see it. Check the names, and the token's access to this repository."
)


def _errors(value: object) -> list[dict[str, object]]:
    errors = value.get("errors") if isinstance(value, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _limited(status: int, headers: Mapping[str, str], value: object) -> bool:
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
        told = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
        return status == HTTPStatus.TOO_MANY_REQUESTS or told or "rate limit" in _message(value).casefold()
    return status == HTTPStatus.OK and any(error.get("type") in _LIMITED for error in _errors(value))


def _limit_pause(headers: Mapping[str, str]) -> float:
    """How long GitHub asks to wait; https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api."""
    told = headers.get("retry-after", "")
    if told.isdecimal():
        return max(1.0, float(told))
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(1.0, float(reset) - github_time(headers) + 1)
    return _SECONDARY_PAUSE


def _gave_up(value: object) -> bool:
    """Tell whether GraphQL gave up on the whole query with HTTP 200: no data, and an error without type or place."""
    if not isinstance(value, dict) or value.get("data") is not None:
        return False
    errors = _errors(value)
    return bool(errors) and all(str(error.get("message", "")).startswith("Something went wrong") for error in errors)


def _message(value: object) -> str:
    """Return GitHub's own words, on one line and cut."""
    found = value.get("message") if isinstance(value, dict) else None
    if not isinstance(found, str):
        found = "; ".join(str(error.get("message", "")) for error in _errors(value))
    return " ".join(found.split())[:_TEXT_LIMIT]


def _refusal(request: Request, status: int, headers: Mapping[str, str], value: object) -> HostError:
    if status == HTTPStatus.NOT_FOUND:
        return _error(request, status, value, "not found", _ABSENT_ADVICE)
    if status == HTTPStatus.FORBIDDEN:
        # https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
        needs = headers.get("x-accepted-github-permissions", "").replace("=", ": ").replace("_", "-") or request.needs
        return _error(request, status, value, "not permitted", f"The token needs the permission {needs}.")
    if status < HTTPStatus.BAD_REQUEST:
        return moved(request, status)
    return _error(request, status, value, "not accepted", "Usually the repository's settings forbid it, or it is no GitHub that answers.")


def moved(request: Request, status: int) -> HostError:
    """Return the error for a redirect: none is followed, so that the token goes nowhere else and no part of a question is lost."""
    advice = (
        "Usually the repository was renamed or moved, or the server's URL is not its real one: use the name and the URL that it has now."
    )
    return _error(request, status, None, "redirected", advice)


def _error(request: Request, status: int, value: object, what: str, advice: str) -> HostError:
    words = _message(value)
    said = f" ({status}{f' {words}' if words else ''})"
    return HostError(f"GitHub: {what}{said}", operation=request.operation, status=status, url=request.url, advice=advice)
