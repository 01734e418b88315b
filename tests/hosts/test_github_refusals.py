"""A credential that GitHub refuses as a whole: why, and what to change."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.errors import CredentialError, HostError
from hosts.github_answers import answer, error
from hosts.github_apps import APP, LIST, Reply, Stage, installed
from hosts.github_stage import REF

if TYPE_CHECKING:
    from collections.abc import Mapping

BAD = Reply({"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}, 401)
SAML = "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization."
LISTED = (
    "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP "
    "address is not permitted to access this resource."
)
CLASSIC = "`acme` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or another token."
LONG = "The 'acme' organization forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 90 days."


def refusal(stage: Stage, env: Mapping[str, str], *replies: Reply) -> CredentialError:
    """Return the error of a question that is answered like this."""
    stage.graphql(*replies)
    with pytest.raises(CredentialError) as caught:
        stage.host(env).pull_request(REF)
    return caught.value


@pytest.mark.parametrize(
    ("token", "kind", "advice"),
    [
        (
            "ghp_x",
            "classic personal access token",
            (
                "Look it up under Settings > Developer settings > Personal access tokens > Tokens (classic), regenerate it if it has "
                "expired, and set GITHUB_TOKEN anew."
            ),
        ),
        (
            "github_pat_x",
            "fine-grained personal access token",
            (
                "Look it up under Settings > Developer settings > Personal access tokens > Fine-grained tokens, regenerate it if it has "
                "expired, and set GITHUB_TOKEN anew."
            ),
        ),
        (
            "ghs_x",
            "installation access token",
            "A job's own token ends with the job, a GitHub App's after an hour: set GITHUB_TOKEN to one made in this job.",
        ),
        ("x", "token", "Set GITHUB_TOKEN to a valid token."),
    ],
)
def test_an_expired_or_revoked_token_is_told_with_where_to_renew_it(stage: Stage, token: str, kind: str, advice: str) -> None:
    found = refusal(stage, {"GITHUB_TOKEN": token}, BAD)
    assert found.message == f"GitHub refused the {kind} from GITHUB_TOKEN (401 Bad credentials): it is wrong, expired or revoked"
    assert found.advice == advice


def test_an_apps_token_that_is_refused_points_at_the_app(stage: Stage) -> None:
    found = refusal(installed(stage), APP, BAD)
    assert str(found) == (
        "GitHub refused the GitHub App 12's installation access token from ATLANTIS_GH_APP_ID (401 Bad credentials): it is wrong, "
        "expired or revoked (reading the pull request)\n"
        "Usually the App was removed, suspended or given another key while the job ran: run the job again."
    )


@pytest.mark.parametrize(
    ("reply", "why", "advice"),
    [
        (
            Reply({"message": SAML}, 403, {"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso?authorization_request=SECRET"}),
            "the organization asks for single sign-on, and the token is not authorized for it",
            "choose Configure SSO beside the token and authorize it",
        ),
        (Reply(answer(None, error(SAML, "repository", "pullRequest"))), "the organization asks for single sign-on", "Configure SSO"),
        (
            Reply({"message": LISTED}, 403),
            "the organization admits listed IP addresses only",
            "add the runner's address to its IP allow list",
        ),
        (
            Reply(answer(None, error(LISTED, "repository"))),
            "the organization admits listed IP addresses only",
            "use a runner whose address",
        ),
        (Reply({"message": CLASSIC}, 403), "the organization does not take such a token", "the job's own token or a GitHub App"),
        (Reply({"message": LONG}, 403), "the organization does not take such a token", "as GitHub's words ask for"),
        (Reply({"message": "Sorry. Your account was suspended."}, 403), "it is suspended", "take that back"),
        (
            Reply({"message": "Maximum number of login attempts exceeded. Please try again later."}, 403),
            "GitHub locks it out for a while",
            "wait some minutes",
        ),
    ],
)
def test_what_an_organization_objects_to_is_told_with_the_way_out(stage: Stage, reply: Reply, why: str, advice: str) -> None:
    found = refusal(stage, {"GITHUB_TOKEN": "ghp_x"}, reply)
    assert f"): {why}" in found.message
    assert advice in found.advice
    assert "SECRET" not in str(found)


def test_a_mere_lack_of_permission_is_no_refusal_of_the_token(stage: Stage) -> None:
    stage.graphql(Reply({"message": "Resource not accessible by integration"}, 403))
    with pytest.raises(HostError, match="not permitted"):
        stage.host().pull_request(REF)


def key_refusal(stage: Stage, message: str, headers: Mapping[str, str] | None = None) -> str:
    """Return the error of an App whose login is answered like this."""
    stage.on("GET", LIST, Reply({"message": message}, 401, headers or {}))
    with pytest.raises(CredentialError) as caught:
        stage.host(APP)
    return str(caught.value)


def test_a_key_of_another_app_is_told(stage: Stage) -> None:
    assert key_refusal(stage, "A JSON web token could not be decoded") == (
        "GitHub refused the GitHub App 12 from ATLANTIS_GH_APP_KEY (401 A JSON web token could not be decoded): the key is not one of "
        "GitHub App 12's (listing the GitHub App's installations)\n"
        "Check that ATLANTIS_GH_APP_ID and the key are of the same App on the same server, "
        "and that the key was not deleted there."
    )


def test_an_app_without_a_key_is_told(stage: Stage) -> None:
    assert key_refusal(stage, "Integration must generate a public key") == (
        "GitHub refused the GitHub App 12 from ATLANTIS_GH_APP_KEY (401 Integration must generate a public key): the App has no private "
        "key (listing the GitHub App's installations)\n"
        "Make one on the App's page (General > Private keys) and set ATLANTIS_GH_APP_KEY to it."
    )


@pytest.mark.parametrize(
    "message",
    [
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        "'Expiration time' claim ('exp') is too far in the future",
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    ],
)
@pytest.mark.parametrize(("offset", "word"), [(-900, "ahead of"), (900, "behind")])
def test_a_clock_that_is_wrong_is_told_with_by_how_much(stage: Stage, message: str, offset: int, word: str) -> None:
    found = key_refusal(stage, message, {"Date": formatdate(time.time() + offset, usegmt=True)})
    assert any(f"this machine's clock is {seconds} s {word} GitHub's (" in found for seconds in range(895, 906))
    assert "\nSet the clock of the machine" in found


def test_a_clock_that_nobody_can_compare_is_told_all_the_same(stage: Stage) -> None:
    assert "this machine's clock and GitHub's do not agree (" in key_refusal(
        stage, "'Expiration time' claim ('exp') is too far in the future"
    )
