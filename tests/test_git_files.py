"""Lines of a credential store, marked blocks of a configuration, and a helper's conversation, as text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from atlantis_gate.errors import UsageError
from atlantis_gate.git_files import (
    Block,
    Remote,
    answer,
    blocks,
    forgotten,
    host_of,
    normal,
    over_ssh,
    question,
    stored,
    with_block,
    without_blocks,
)

SERVER = "https://git.example.com:8443"
REMOTE = Remote(context=f"{SERVER}/gitlab", replaced=((f"{SERVER}/gitlab/", ("ssh://git@git.example.com/",)),))
BLOCK = Block(context=REMOTE.context, username="oauth2", store=".git-credentials")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://GitHub.com/", "https://github.com"),
        ("git.example.com", "https://git.example.com"),
        ("https://git.example.com:443", "https://git.example.com"),
        ("http://git.example.com:80/", "http://git.example.com"),
        ("http://git.example.com:443", "http://git.example.com:443"),
        ("https://git.example.com:8443/a/b//", "https://git.example.com:8443/a/b"),
        ("https://[::1]:3000/x", "https://[::1]:3000/x"),
        ("https://my_gitlab/My%20Path", "https://my_gitlab/My%20Path"),
    ],
)
def test_a_servers_address_is_written_as_git_compares_it(url: str, expected: str) -> None:
    assert normal(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://git.example.com",
        "https://user@git.example.com",
        "https://user:pass@git.example.com",
        "https://git.example.com:0",
        "https://git.example.com:99999",
        "https://git.example.com?x",
        "https://git.example.com#x",
        "https://git.exa\nmple.com",
        'https://git.example.com/"]\n[core]',
        "https://git.example.com/a b",
        " https://git.example.com",
        "https://gït.example.com",
        "https://-git.example.com",
    ],
)
def test_what_is_no_servers_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="not one of the form https://host"):
        normal(url)


def test_a_credential_belongs_to_scheme_host_and_port() -> None:
    assert REMOTE.server == SERVER
    assert host_of(REMOTE.context) == "git.example.com"
    assert host_of("https://[::1]:3000/x") == "[::1]"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"protocol": "https", "host": "git.example.com:8443"}, True),
        ({"protocol": "https", "host": "GIT.example.com:8443"}, True),
        ({"protocol": "https", "host": "git.example.com:8443", "path": "gitlab/a/b.git"}, True),
        ({"protocol": "https", "host": "git.example.com:8443", "path": "gitlab"}, True),
        ({"protocol": "https", "host": "git.example.com:8443", "path": "gitlabs/a/b.git"}, False),
        ({"protocol": "https", "host": "git.example.com:8443", "path": "other/a"}, False),
        ({"protocol": "http", "host": "git.example.com:8443"}, False),
        ({"protocol": "ssh", "host": "git.example.com:8443"}, False),
        ({"protocol": "https", "host": "git.example.com"}, False),
        ({"protocol": "https", "host": "git.example.com:443"}, False),
        ({"protocol": "https", "host": "git.example.com:8443.evil.org"}, False),
        ({"protocol": "https", "host": "evil.org/git.example.com:8443"}, False),
        ({"protocol": "https", "host": "x@git.example.com:8443"}, False),
        ({"protocol": "https", "host": "sub.git.example.com:8443"}, False),
        ({"protocol": "https"}, False),
        ({"host": "git.example.com:8443"}, False),
        ({}, False),
    ],
)
def test_a_helper_is_only_asked_about_its_own_server(asked: dict[str, str], expected: bool) -> None:
    assert REMOTE.covers(asked) is expected


def test_a_default_port_that_is_spelt_out_is_the_same_server() -> None:
    assert Remote(context="https://github.com").covers({"protocol": "https", "host": "github.com:443", "path": "acme/infra.git"})


def test_a_path_is_compared_as_git_tells_it_without_escapes() -> None:
    azure = Remote(context="https://tfs.example.com/tfs/My%20Collection")
    assert azure.covers({"protocol": "https", "host": "tfs.example.com", "path": "tfs/My Collection/p/_git/r"})


def test_ssh_addresses_are_named_in_every_form() -> None:
    plain = ("ssh://git@h.example.com/", "ssh://git@h.example.com:22/", "git@h.example.com:", "git@h.example.com:/")
    assert over_ssh("h.example.com") == plain
    assert over_ssh("h.example.com", (7999, 22), path="v3/o/", user="o")[:3] == (
        "ssh://o@h.example.com/v3/o/",
        "ssh://o@h.example.com:7999/v3/o/",
        "ssh://o@h.example.com:22/v3/o/",
    )


def test_a_stored_login_is_escaped_and_comes_first() -> None:
    before = "https://bob:x@github.com\n"
    assert stored(before, SERVER, "a b@c", "p:/%ü\t") == f"https://a%20b%40c:p%3A%2F%25%C3%BC%09@git.example.com:8443\n{before}"


def test_storing_again_replaces_the_servers_and_users_own_line_and_no_other() -> None:
    others = [
        "https://bob:keep@git.example.com:8443",
        "https://oauth2:keep@git.example.com",
        "http://oauth2:keep@git.example.com:8443",
        "https://oauth2:keep@git.example.com:8443/with/path",
        "https://git.example.com:8443",
        "# a remark",
        "https://oauth2:k@e@p@git.example.com:8443",
        "",
        "not a line of git's\udcff",
    ]
    own = [
        "https://oauth2:old@git.example.com:8443",
        "https://oauth2:o%2Fld@GIT.example.com:8443/\r",
        "https://oauth%32:x@git.example.com:8443",
    ]
    text = "\n".join([own[0], *others[:4], own[1], *others[4:], own[2]])
    assert stored(text, SERVER, "oauth2", "new").split("\n") == ["https://oauth2:new@git.example.com:8443", *others]
    assert forgotten(text, SERVER, "oauth2").split("\n") == others


@pytest.mark.parametrize("before", ["", "https://bob:x@github.com\n", "https://bob:x@github.com", "\n\n", "x\r\ny"])
def test_what_was_stored_can_be_forgotten_to_the_byte(before: str) -> None:
    assert forgotten(stored(before, SERVER, "oauth2", "p"), SERVER, "oauth2") == before


def test_a_block_holds_no_password_and_quotes_what_git_would_read_otherwise() -> None:
    helper = '!f() { echo "a\\b"; }; f'
    text = with_block("", Block(context=REMOTE.context, username='o"2;#', store="/a b"), REMOTE, helper)
    assert f'[credential "{REMOTE.context}"]\n\thelper =\n\thelper = "!f() {{ echo \\"a\\\\b\\"; }}; f"\n' in text
    assert '\tusername = "o\\"2;#"\n' in text
    assert '[url "https://git.example.com:8443/gitlab/"]\n\tinsteadOf = "ssh://git@git.example.com/"\n' in text


@pytest.mark.parametrize("before", ["", "[user]\n\tname = Bob\n", "[user]\n\tname = Bob", "[a]\n\tb = c\\", "\n", "x\r\n", "# ü\udcff\n"])
def test_blocks_can_be_taken_out_to_the_byte(before: str) -> None:
    broke = bool(before) and not before.endswith("\n")
    one = with_block(before, Block(context=REMOTE.context, username="oauth2", store="s", broke_line=broke), REMOTE, "h")
    other = Remote(context="https://github.com")
    two = with_block(one, Block(context=other.context, username="x-access-token", store="s"), other, "h")
    assert [block.context for block in blocks(two)] == [REMOTE.context, other.context]
    assert without_blocks(two) == before
    assert without_blocks(two + "[later]\n") == (before + "\n[later]\n" if broke else before + "[later]\n")


def test_a_block_takes_the_place_of_the_one_for_the_same_address() -> None:
    other = Remote(context="https://github.com")
    text = with_block("[a]\n", BLOCK, REMOTE, "first")
    text = with_block(text, Block(context=other.context, username="x", store="s"), other, "second") + "[z]\n"
    again = with_block(text, BLOCK, REMOTE, "third")
    assert again == text.replace('"first"', '"third"')
    assert with_block(again, BLOCK, REMOTE, "third") == again


def test_what_a_block_says_of_itself_is_read_back() -> None:
    block = Block(context=REMOTE.context, username="ü\n", store="/x \udcff", made_config=True, made_store=True, broke_line=True)
    assert blocks(with_block("", block, REMOTE, "h")) == (block,)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# end", "# the end"),
        ("# {", "# ["),
        ('"made_store": false', '"made_store": 1'),
        ('"store": ".git-credentials"', '"store": "../../victim"'),
        ('"store": ".git-credentials"', '"store": null'),
        ('"username": "oauth2", ', ""),
        ("gitlab\n# {", "gitlab\r\n# {"),
        (f"# end atlantis-gate {REMOTE.context}", "# end atlantis-gate https://github.com"),
    ],
)
def test_a_block_that_somebody_changed_is_refused(old: str, new: str) -> None:
    text = with_block("", BLOCK, REMOTE, "h")
    assert old in text
    with pytest.raises(UsageError, match="changed"):
        blocks(text.replace(old, new, 1))


def test_a_question_ends_at_an_empty_line_and_may_hold_anything() -> None:
    asked = question("capability[]=authtype\nprotocol=https\r\nhost=h\npath=a=b\nnonsense\n\nhost=evil\n")
    assert asked == {"capability[]": "authtype", "protocol": "https", "host": "h", "path": "a=b"}
    assert question("") == {}


def test_an_answer_tells_when_the_password_ends_where_that_is_known() -> None:
    assert answer("u", "p=%", None) == "username=u\npassword=p=%"
    assert answer("u", "p", datetime(2026, 11, 21, 14, 0, 0, 900, tzinfo=UTC)).endswith("\npassword_expiry_utc=1795269600")
