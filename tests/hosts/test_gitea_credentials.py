"""Which token is used on Gitea and Forgejo, what it is, and what each refusal means."""

from __future__ import annotations

import pytest

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.credentials import Choice
from atlantis_gate.hosts.gitea_credentials import scopes_in
from hosts.github_stage import Reply, Stage
from hosts.stage_gitea import PATH, REF, TOKEN, opened

ACTIONS = {"GITEA_ACTIONS": "true"}
OWN = "job's own token"
LACKS = "token does not have at least one of required scope(s)"


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"GITEA_TOKEN": TOKEN}, Choice("access token", "GITEA_TOKEN")),
        ({"GITEA_TOKEN": TOKEN, "GITHUB_TOKEN": TOKEN}, Choice("access token", "GITEA_TOKEN")),
        ({"GITHUB_TOKEN": TOKEN, **ACTIONS}, Choice(OWN, "GITHUB_TOKEN")),
        ({"INPUT_TOKEN": TOKEN, "GITHUB_TOKEN": TOKEN, "FORGEJO_ACTIONS": "true"}, Choice(OWN, "INPUT_TOKEN", ("GITHUB_TOKEN",))),
        ({"INPUT_TOKEN": TOKEN, "GITHUB_TOKEN": "x", **ACTIONS}, Choice("access token", "INPUT_TOKEN", ("GITHUB_TOKEN",))),
        (
            {"ATLANTIS_GITEA_TOKEN": TOKEN, "ATLANTIS_GITEA_TOKEN_FILE": "/x", "FORGEJO_TOKEN": "y", "GITHUB_TOKEN": "z"},
            Choice("access token", "ATLANTIS_GITEA_TOKEN", ("ATLANTIS_GITEA_TOKEN_FILE", "FORGEJO_TOKEN")),
        ),
    ],
)
def test_the_choice_says_what_it_is_where_from_and_what_it_passes_over(stage: Stage, env: dict[str, str], expected: Choice) -> None:
    assert opened(stage, env).credential == expected


@pytest.mark.parametrize(
    ("token", "owner"),
    [
        ("ghp_" + "s" * 36, "GitHub"),
        ("glpat-" + "s" * 20, "GitLab"),
        ("ATATT3" + "s" * 30, "Bitbucket Cloud"),
        ("s" * 76 + "AZDOssss", "Azure"),
    ],
)
def test_another_products_token_is_refused_before_anything_is_sent(stage: Stage, token: str, owner: str) -> None:
    with pytest.raises(CredentialError, match=f"GITEA_TOKEN holds a token of {owner}") as caught:
        opened(stage, {"GITEA_TOKEN": token})
    assert token not in str(caught.value)
    assert stage.asked == []


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (
            Reply({"message": "invalid username, password or token"}, 401),
            CredentialError,
            r"(?s)GITEA_TOKEN \(401 invalid username, password or token\): it is wrong or was deleted.*Generate New Token",
        ),
        (
            Reply({"message": f"{LACKS}, required=[read:repository], token scope=read:user,write:issue"}, 403),
            HostError,
            r"(?s): the token lacks the scope read:repository, and it has read:user,write:issue.*The token needs read:repository",
        ),
        (Reply({"message": f"{LACKS}: [read:repository]"}, 403), HostError, r"\): the token lacks the scope read:repository\b(?!, and)"),
        (Reply({"message": "user should have a permission to write to a repo"}, 403), HostError, "not permitted .*needs read:repository"),
    ],
)
def test_each_refusal_says_what_it_means(stage: Stage, reply: Reply, kind: type[Exception], words: str) -> None:
    stage.on("GET", f"{PATH}/pulls/7", reply)
    with pytest.raises(kind, match=words if "permission to" not in str(reply.body) else f"(?s){words}") as caught:
        opened(stage).pull_request(REF)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"403 {LACKS}, required=[write:issue], token scope=write:issue,read:user", ("read:user", "write:issue")),
        (f"403 {LACKS}, required=[write:issue], token scope=", ()),
        (f"403 {LACKS}: [write:issue]", None),
        ("", None),
    ],
)
def test_the_scopes_of_a_token_are_told_by_some_refusals(text: str, expected: tuple[str, ...] | None) -> None:
    assert scopes_in(text) == expected
