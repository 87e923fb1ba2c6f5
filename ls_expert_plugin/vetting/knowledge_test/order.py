"""Chance that can be repeated: every order and choice in a test follows from its seed."""

from __future__ import annotations

import hashlib

from ls_expert_plugin.domains.items import Item
from ls_expert_plugin.vetting.knowledge_test.values import LETTERS, Letter, PresentedItem


def rank(seed: str, *words: str) -> float:
    """A number from 0 to below 1, evenly spread, that whoever does not know ``seed`` cannot foresee."""
    digest = hashlib.sha256("\x1f".join((seed, *words)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def present(item: Item, number: int, seed: str) -> PresentedItem:
    """``item`` as the person with ``seed`` sees it, as their ``number``-th, counted from 1."""
    texts = (item.right, *item.wrong)
    return PresentedItem(item.id, number, item.stem, tuple((letter, texts[position]) for letter, position in zip(LETTERS, _order(item, seed), strict=True)))


def right_letter(item: Item, seed: str) -> Letter:
    """Where the right option stands for the person with ``seed``. For marking alone: it is never sent."""
    return LETTERS[_order(item, seed).index(0)]


def _order(item: Item, seed: str) -> list[int]:
    """Positions in right and wrong, in the order in which they are shown."""
    return sorted(range(len(LETTERS)), key=lambda position: rank(seed, "option", item.id, str(position)))
