"""Frozen classes behave as the standard library's frozen data classes do; each test is run on both."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pytest

from atlantis_gate import frozen

if TYPE_CHECKING:
    from collections.abc import Callable


class Kind(NamedTuple):
    place: type[Any]
    named: type[Any]
    nothing: type[Any]
    child: type[Any]


def classes(plain: Callable[[Any], Any], by_name: Callable[[Any], Any], field: Callable[..., Any]) -> Kind:
    """Return the same four classes, made frozen by one of two ways."""

    @plain
    class Place:
        """A place in a file."""

        file: str
        line: int = 0
        known: ClassVar[str] = "here"

        def __str__(self) -> str:
            return f"{self.file}:{self.line}"

    @by_name
    class Named:
        """A class whose fields are given by name, one of them made anew each time, one of them not shown."""

        name: str
        found: dict[str, int] = field(default_factory=dict)
        secret: str = field(default="", repr=False)

    @plain
    class Nothing:
        """A class without fields."""

    @plain
    class Child(Place):
        """A class that adds a field."""

        column: int = 0

    return Kind(Place, Named, Nothing, Child)


STANDARD = classes(dataclasses.dataclass(frozen=True), dataclasses.dataclass(frozen=True, kw_only=True), dataclasses.field)
OURS = classes(frozen.frozen, frozen.frozen(kw_only=True), frozen.field)
both = pytest.mark.parametrize("kind", [STANDARD, OURS], ids=["standard", "ours"])


@both
def test_fields_are_given_in_order_or_by_name_and_have_defaults(kind: Kind) -> None:
    assert [kind.place("a", 1), kind.place("a", line=1), kind.place(file="a", line=1)] == [kind.place("a", 1)] * 3
    assert (kind.place("a").line, str(kind.place("a")), kind.child("a", 1, 2).column, kind.place.known) == (0, "a:0", 2, "here")


@both
def test_a_default_can_be_made_for_each_instance(kind: Kind) -> None:
    one, other = kind.named(name="a"), kind.named(name="a")
    one.found["x"] = 1

    assert (one.found, other.found, other.secret) == ({"x": 1}, {}, "")


@both
@pytest.mark.parametrize(
    ("given", "named"),
    [((), {}), (("a", 1, 2), {}), (("a",), {"file": "b"}), (("a",), {"colour": 1}), ((), {"line": 1}), ((), {"line": 1, "colour": 2})],
)
def test_what_is_missing_unknown_too_much_or_given_twice_is_refused(kind: Kind, given: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        kind.place(*given, **named)


@both
def test_fields_that_are_given_by_name_have_no_order(kind: Kind) -> None:
    with pytest.raises(TypeError):
        kind.named("a")


@both
def test_nothing_can_be_changed(kind: Kind) -> None:
    place = kind.place("a")

    with pytest.raises(AttributeError):
        place.line = 1
    with pytest.raises(AttributeError):
        place.other = 1
    with pytest.raises(AttributeError):
        del place.line
    assert place == kind.place("a")


@both
def test_equal_values_of_one_class_are_equal_and_share_a_hash(kind: Kind) -> None:
    assert {kind.place("a"), kind.place("a", 0), kind.place("b")} == {kind.place("b"), kind.place("a")}
    assert {kind.nothing(), kind.nothing()} == {kind.nothing()}
    assert kind.place("a") != kind.place("a", 1)
    assert kind.child("a") != kind.place("a")
    assert kind.place("a") != ("a", 0)


@both
def test_what_is_shown_names_the_fields_but_those_left_out(kind: Kind) -> None:
    assert repr(kind.named(name="a", secret="s")).endswith("Named(name='a', found={})")


@both
def test_it_matches_by_position(kind: Kind) -> None:
    matched = kind.place
    match kind.place("a", 1):
        case matched(file, line):
            assert (file, line) == ("a", 1)
        case _:
            pytest.fail("no match")
    assert kind.named.__match_args__ == ()


@both
def test_the_standard_functions_for_data_classes_take_it(kind: Kind) -> None:
    place = kind.child("a", 1, 2)

    assert dataclasses.replace(place, line=3) == kind.child("a", 3, 2)
    assert dataclasses.asdict(place) == {"file": "a", "line": 1, "column": 2}
    assert [field.name for field in dataclasses.fields(place)] == ["file", "line", "column"]


def test_replacing_changes_the_fields_named_and_no_others() -> None:
    place = OURS.place("a", 1)

    assert (frozen.replace(place, line=2), place) == (OURS.place("a", 2), OURS.place("a", 1))
    with pytest.raises(TypeError):
        frozen.replace(place, colour=1)
