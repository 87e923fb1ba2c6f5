"""Keyed, repeatable order: every draw, every place of an option and every handle in a form is an HMAC under the sitting's key.

The key is made from a server secret, so that neither a sitting's row nor an item's id tells anybody where the right option stands.
"""

from __future__ import annotations

import hashlib
import hmac

from ls_expert_plugin.domains.items import Item
from ls_expert_plugin.vetting.knowledge_test.values import LETTERS, Letter, PresentedItem


def sitting_key(server_secret: str, sitting_id: int, seed: str) -> str:
    """What a sitting's order follows from, in hexadecimal: made anew at each use, kept nowhere."""
    return _hmac(server_secret, "knowledge test", str(sitting_id), seed).hex()


def rank(seed: str, *words: str) -> float:
    """A number from 0 to below 1, evenly spread, that whoever does not know ``seed`` cannot foresee."""
    return int.from_bytes(_hmac(seed, *words)[:8], "big") / 2**64


def handle(item: Item, seed: str) -> str:
    """The name of ``item`` in this sitting's forms: it tells neither the item's id nor that two people are asked the same."""
    return _hmac(seed, "handle", item.id).hex()[:32]


def present(item: Item, number: int, seed: str) -> PresentedItem:
    """``item`` as the person with ``seed`` sees it, as their ``number``-th, counted from 1."""
    texts = (item.right, *item.wrong)
    options = tuple((letter, texts[position]) for letter, position in zip(LETTERS, _order(item, seed), strict=True))
    return PresentedItem(handle(item, seed), number, item.stem, options)


def right_letter(item: Item, seed: str) -> Letter:
    """Where the right option stands for the person with ``seed``. For marking alone: it is never sent."""
    return LETTERS[_order(item, seed).index(0)]


def chosen_option(item: Item, seed: str, letter: Letter) -> int:
    """Which option stands at ``letter``: 0 the right one, 1 to 3 the wrong ones in the pack's order."""
    return _order(item, seed)[LETTERS.index(letter)]


def _order(item: Item, seed: str) -> list[int]:
    """Positions in right and wrong, in the order in which they are shown."""
    return sorted(range(len(LETTERS)), key=lambda position: rank(seed, "option", item.id, str(position)))


def _hmac(key: str, *words: str) -> bytes:
    return hmac.digest(key.encode(), "\x1f".join(words).encode(), hashlib.sha256)
