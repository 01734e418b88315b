"""The JSON form of repos.yaml is read as Go reads JSON: strict about types, lax about keys."""

from __future__ import annotations

import pytest

from config.files import server, server_problems_of, warnings_of


def test_unknown_keys_are_ignored_with_a_warning() -> None:
    loaded = server('{"repos": [{"id": "a", "workfow": "x"}]}', json=True)

    assert warnings_of(loaded) == ['repos.yaml:1:24: the key "workfow" is not known and has no effect; did you mean `workflow`?']


def test_keys_are_found_without_regard_to_case_and_the_last_one_counts() -> None:
    loaded = server('{"REPOS": [{"Id": "a", "ID": "b"}]}', json=True)

    assert loaded.entries[1].id == "b"


def test_ignore_paths_are_lost_under_their_yaml_name() -> None:
    loaded = server('{"repos": [{"id": "a", "autodiscover": {"mode": "enabled", "ignore_paths": ["x"]}}]}', json=True)
    other = server('{"repos": [{"id": "a", "autodiscover": {"mode": "enabled", "ignorepaths": ["x"]}}]}', json=True)

    assert loaded.entries[1].settings["autodiscover"].value.ignore_paths is None
    assert other.entries[1].settings["autodiscover"].value.ignore_paths == ("x",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1:1: this is not valid JSON: a value is expected, but the text ends"),
        ("repos: []", "1:1: this is not valid JSON: a value is expected, but there is 'r'"),
        ('{"repos": [],}', "1:14: this is not valid JSON: a value after the comma is expected, but there is '}'"),
        ('{"repos": []} x', "1:15: this is not valid JSON: the end of the text is expected, but there is 'x'"),
        ('{"repos"\n[]}', "2:1: this is not valid JSON: `:` is expected, but there is '['"),
        ("{1: 2}", "1:2: this is not valid JSON: a text in double quotes is expected, but there is '1'"),
        ('{"repos": [1 2]}', "1:14: this is not valid JSON: `,` or `]` is expected, but there is '2'"),
        ('{"repos": [{"id": 5}]}', '1:19: text is expected here, not a number "5"'),
        ('{"repos": [null]}', "1:12: a repos entry needs an `id`; write `host/owner/repo`, or `/.*/` for every repository"),
        ('{"workflows": {"w": {"plan": {"steps": [null]}}}}', "1:41: a step cannot be null in JSON"),
        (
            '{"workflows": {"w": {"plan": {"steps": [5]}}}}',
            '1:41: a step (a name, or a map with one key) is expected here, not a number "5"',
        ),
        ('{"repos": [{"id": "a", "policy_check": "yes"}]}', '1:40: `true` or `false` is expected here, not text "yes"'),
        ('{"policies": {"approve_count": 1.0}}', '1:32: a whole number (without quotes) is expected here, not a number "1.0"'),
        ("[]", "1:1: repos.yaml (a map) is expected here, not a list"),
        ('{"repos": "\\x"}', "1:12: this is not valid JSON: Invalid \\escape"),
    ],
)
def test_what_go_refuses_is_refused_with_its_place(text: str, problem: str) -> None:
    assert server_problems_of(text, json=True)[0].startswith(f"repos.yaml:{problem}")


def test_null_is_an_empty_text_in_a_list_of_texts() -> None:
    assert server('{"team_authz": {"args": [null, "a"]}}', json=True).extras["team_authz"]["args"] == ("", "a")


def test_an_empty_object_or_null_is_the_default() -> None:
    assert server("{}", json=True) == server("null", json=True) == server()


def test_half_a_pair_of_surrogates_becomes_the_replacement_character() -> None:
    assert server('{"repos": [{"id": "a\\ud800"}]}', json=True).entries[1].id == "a\ufffd"
