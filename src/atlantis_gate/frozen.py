"""Frozen data classes whose methods are shared: the standard ones compile six for each class, which was a third of a run's start."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import replace

__all__ = ["field", "frozen", "replace"]

T = TypeVar("T")
_NOTHING: Final = object()


class _Field:
    """What a class says of one field."""

    __slots__ = ("default", "make", "shown")

    def __init__(self, default: Any = _NOTHING, make: Callable[[], Any] | None = None, *, shown: bool = True) -> None:
        self.default = default
        self.make = make
        self.shown = shown


Fields = dict[str, _Field]


def field(*, default: Any = _NOTHING, default_factory: Callable[[], Any] | None = None, repr: bool = True) -> Any:  # noqa: A002 - as in dataclasses
    """Describe a field whose default is made anew for each instance, or that `repr` leaves out."""
    return _Field(default, default_factory, shown=repr)


@overload
def frozen(cls: type[T], /) -> type[T]: ...
@overload
def frozen(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T] | None = None, /, *, kw_only: bool = False) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a class what `dataclasses.dataclass(frozen=True)` makes of it; its module imports annotations from `__future__`."""
    if cls is None:
        return lambda found: _made(found, kw_only=kw_only)
    return _made(cls, kw_only=kw_only)


if not TYPE_CHECKING:

    def replace(one: T, /, **changes: Any) -> T:
        """Return a copy with some fields changed, as `dataclasses.replace` does."""
        return type(one)(**{name: getattr(one, name) for name in type(one).__frozen_fields__} | changes)


class _StandardFields:
    """Lets the functions of `dataclasses` (`fields`, `asdict`, `replace`) work on a class; they alone pay for it."""

    def __get__(self, _: object, cls: Any) -> Mapping[str, Any]:
        import dataclasses  # noqa: PLC0415 - what a run does without

        return {found.name: found for found in dataclasses.fields(dataclasses.make_dataclass(cls.__name__, cls.__frozen_fields__))}


def _made(cls: type[T], *, kw_only: bool) -> type[T]:
    own = {name: _described(cls, name) for name, kind in cls.__annotations__.items() if not kind.startswith("ClassVar")}
    fields: Fields = {**getattr(cls, "__frozen_fields__", {}), **own}
    methods = {"__init__": _construction(fields, kw_only=kw_only), "__repr__": _representation(fields), **_comparison(fields)}
    shared = {"__setattr__": _refuse, "__delattr__": _refuse, "__dataclass_fields__": _StandardFields()}
    for name, value in {**methods, **shared, "__frozen_fields__": fields, "__match_args__": () if kw_only else tuple(fields)}.items():
        if name not in methods or name not in cls.__dict__:
            setattr(cls, name, value)
    return cls


def _described(cls: type, name: str) -> _Field:
    """Return what the class says of a field; what is left in the class is a plain default or nothing."""
    value = cls.__dict__.get(name, _Field())
    if not isinstance(value, _Field):
        return _Field(value)
    if value.default is not _NOTHING:
        setattr(cls, name, value.default)
    elif name in cls.__dict__:
        delattr(cls, name)
    return value


def _construction(fields: Fields, *, kw_only: bool) -> Callable[..., None]:
    """Return `__init__`: it takes the fields in their order or by name."""
    names = () if kw_only else tuple(fields)
    defaults = {name: found.default for name, found in fields.items() if found.default is not _NOTHING}
    makers = [(name, found.make) for name, found in fields.items() if found.make is not None]
    every, count = frozenset(fields), len(fields)

    def construct(self: object, *given: Any, **named: Any) -> None:
        values = self.__dict__
        values |= defaults
        values |= zip(names, given, strict=False)
        values |= named
        for name, make in makers:
            if name not in values:
                values[name] = make()
        twice = given and named and not named.keys().isdisjoint(names[: len(given)])
        if len(values) != count or len(given) > len(names) or twice or not named.keys() <= every:
            raise TypeError(
                f"{type(self).__name__} takes {', '.join(fields)}, not {len(given)} values and {', '.join(named) or 'no names'}"
            )

    return construct


def _representation(fields: Fields) -> Callable[[object], str]:
    shown = [name for name, found in fields.items() if found.shown]
    return lambda self: f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


def _comparison(fields: Fields) -> dict[str, Callable[..., Any]]:
    """Return `__eq__` and `__hash__`, by the values of all fields."""
    values: Callable[[object], Any] = attrgetter(*fields) if fields else lambda _: ()
    return {
        "__eq__": lambda self, other: values(self) == values(other) if type(other) is type(self) else NotImplemented,
        "__hash__": lambda self: hash(values(self)),
    }


def _refuse(self: object, name: str, *_: object) -> NoReturn:
    raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")
