"""Keeping a text within a size: as many pieces as fit, and a count of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    T = TypeVar("T")


def fitting(items: Sequence[T], render: Callable[[T], str], limit: int) -> tuple[list[str], int]:
    """Render items in order until their texts (UTF-8, a newline each) would pass `limit` bytes; return them and how many are left out."""
    texts: list[str] = []
    size = 0
    for item in items:
        text = render(item)
        size += len(text.encode()) + 1
        if size > limit:
            break
        texts.append(text)
    return texts, len(items) - len(texts)
