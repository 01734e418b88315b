"""Who is let in to the local page, and what each other request gets."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from atlantis_gate.github_app.door import Address, Asked, Code, Door, Reply

ADDRESS = Address(8765, "the-ticket-of-this-run", "the-state-of-this-run")
HOSTS = ("127.0.0.1:8765",)
SETUP = f"/{ADDRESS.ticket}"
CODE = "a180b1a3d263c81bc6441d7b990bae27d4c10679"


def door(address: Address = ADDRESS) -> Door:
    return Door(address, "the page", "https://github.com")


def came(code: str = CODE, state: str = ADDRESS.state) -> Asked:
    return Asked(HOSTS, f"/callback?code={code}&state={state}")


def reply(at: Door, asked: Asked) -> Reply:
    found = at.admit(asked)
    assert isinstance(found, Reply)
    return found


def test_the_setup_page_may_send_its_form_to_github_alone() -> None:
    shown = reply(door(), Asked(HOSTS, SETUP))
    assert (shown.status, shown.page) == (HTTPStatus.OK, "the page")
    assert "form-action https://github.com;" in shown.policy


def test_no_other_page_may_send_a_form() -> None:
    assert "form-action 'none';" in reply(door(), Asked(HOSTS, "/other")).policy


def test_addresses_differ_from_run_to_run_and_hide_their_secrets() -> None:
    one, other = Address(8765), Address(8765)
    assert not {one.ticket, one.state} & {other.ticket, other.state}
    assert min(len(one.ticket), len(one.state)) >= 22
    assert not any(secret in repr(one) + repr(Code(CODE)) for secret in (one.ticket, one.state, CODE))


def test_the_code_is_taken_with_the_right_state() -> None:
    assert door().admit(came()) == Code(CODE)


def test_the_code_is_taken_once() -> None:
    at = door()
    at.admit(came())
    assert reply(at, came()).status is HTTPStatus.GONE
    assert reply(at, came("another-code")).status is HTTPStatus.GONE


def test_once_the_code_is_taken_the_setup_page_is_gone_too() -> None:
    at = door()
    at.admit(came())
    assert reply(at, Asked(HOSTS, SETUP)).status is HTTPStatus.GONE


@pytest.mark.parametrize("state", ["", "other", ADDRESS.state[:-1], ADDRESS.state + "x", ADDRESS.state.swapcase(), "%C3%A4", "%00"])
def test_another_state_is_refused_and_uses_nothing_up(state: str) -> None:
    at = door()
    assert reply(at, came(state=state)).status is HTTPStatus.FORBIDDEN
    assert at.admit(came()) == Code(CODE)


@pytest.mark.parametrize(
    "query",
    [
        f"code={CODE}",
        f"code={CODE}&state=x&state={ADDRESS.state}",
        f"code={CODE}&state={ADDRESS.state}&state={ADDRESS.state}",
        "&".join([f"code={CODE}&state={ADDRESS.state}", *(f"x{number}=1" for number in range(20))]),
        "",
    ],
)
def test_no_state_two_states_and_a_flood_of_fields_are_refused(query: str) -> None:
    assert reply(door(), Asked(HOSTS, f"/callback?{query}")).status is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "code", ["", "short", "..%2F..%2Fuser", f"{CODE}%0d%0ax", "a" * 201, "%C3%A4" * 8, f"{CODE}&code={CODE}", f"{CODE}%3Fx", f"{CODE}%0A"]
)
def test_what_is_no_code_is_refused_and_uses_nothing_up(code: str) -> None:
    at = door()
    assert reply(at, came(code)).status is HTTPStatus.BAD_REQUEST
    assert at.admit(came()) == Code(CODE)


@pytest.mark.parametrize(
    "hosts",
    [(), ("localhost:8765",), ("evil.example:8765",), ("127.0.0.1",), ("127.0.0.1:80",), ("127.0.0.1:8765", "127.0.0.1:8765"), ("",)],
)
@pytest.mark.parametrize("target", [SETUP, f"/callback?code={CODE}&state={ADDRESS.state}", "/"])
def test_under_another_name_nothing_is_answered(hosts: tuple[str, ...], target: str) -> None:
    at = door()
    assert reply(at, Asked(hosts, target)).status is HTTPStatus.MISDIRECTED_REQUEST
    assert at.admit(came()) == Code(CODE)


def test_on_port_80_a_browser_names_no_port() -> None:
    address = Address(80)
    assert reply(door(address), Asked(("127.0.0.1",), f"/{address.ticket}")).status is HTTPStatus.OK


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "",
        "/favicon.ico",
        SETUP[:-1],
        f"{SETUP}/",
        f"{SETUP}x",
        "/callback/",
        "/Callback",
        "/callback/../x",
        "*",
        "http://127.0.0.1:8765/",
    ],
)
def test_there_is_nothing_else(target: str) -> None:
    at = door()
    found = reply(at, Asked(HOSTS, target))
    assert found.status is HTTPStatus.NOT_FOUND
    assert ADDRESS.ticket not in found.page


def test_an_endless_address_is_refused() -> None:
    assert (
        reply(door(), Asked(HOSTS, f"/callback?state={ADDRESS.state}&code={CODE}&x={'x' * 2_000}")).status
        is HTTPStatus.REQUEST_URI_TOO_LONG
    )


def test_only_the_browser_that_came_first_sees_the_setup_page_again() -> None:
    at = door()
    first = reply(at, Asked(HOSTS, SETUP))
    cookie = first.cookie.partition(";")[0]
    assert first.cookie.endswith(f"; Path={SETUP}; HttpOnly; SameSite=Lax")

    again = reply(at, Asked(HOSTS, SETUP, f"theme=dark; {cookie}"))
    assert (again.status, again.page, again.cookie) == (HTTPStatus.OK, "the page", "")
    for cookies in ("", "theme=dark", "atlantis-gate-setup=", f"{cookie}x", cookie[:-1]):
        refused = reply(at, Asked(HOSTS, SETUP, cookies))
        assert (refused.status, refused.cookie) == (HTTPStatus.CONFLICT, "")
        assert "another browser" in refused.page


def test_github_may_come_back_in_a_browser_that_keeps_no_cookies() -> None:
    at = door()
    at.admit(Asked(HOSTS, SETUP))
    assert at.admit(came()) == Code(CODE)
