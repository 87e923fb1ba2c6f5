"""Validation of a brush's mask: run-length encoding, walked through without being unpacked. Pure.

Label Studio's exports of brushes unpack every mask of a project in one process (``label_studio_sdk/converter/brush.py``, 2.0): one that ends early, or is
of another size than its picture, ends them, and a header of four bytes can ask for four gigabytes.

32 bits: how many values; 5: bits of a value, less one; four times 4: bits of a run's length, less one. Then runs: 1 bit: are its values all the same;
2: which of the four; its length, less one; one value, or as many as the length says. A last run of one value may be longer than what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# Of a picture: a mask of as many is half a gigabyte when an export unpacks it.
MAX_PIXELS = 2**27
_CHANNELS, _WORD_BITS = 4, 8
_NUMBER_BYTES = 4  # how many values, as the mask says it: compared before the mask is walked through
_HEADER_BITS = 8 * _NUMBER_BYTES + 5 + 4 * 4


def is_mask(mask: Any, width: Any, height: Any) -> bool:
    """Whether this is a whole mask of a picture of so many pixels."""
    if type(width) is not int or type(height) is not int or width < 1 or height < 1 or width * height > MAX_PIXELS:
        return False
    if not isinstance(mask, list) or not all(type(byte) is int and 0 <= byte < 256 for byte in mask):
        return False
    values = width * height * _CHANNELS
    return int.from_bytes(bytes(mask[:_NUMBER_BYTES]), "big") == values and _values(mask) == values


def _values(mask: Sequence[int]) -> int | None:
    """How many values the mask holds; None where it says otherwise than it does, or ends early."""
    bits = "".join(map(_BITS.__getitem__, mask))
    if len(bits) < _HEADER_BITS:
        return None
    number, word = int(bits[:32], 2), int(bits[32:37], 2) + 1
    sizes = [int(bits[at:at + 4], 2) + 1 for at in range(37, _HEADER_BITS, 4)]
    if word > _WORD_BITS:
        return None
    found, at = 0, _HEADER_BITS
    while found < number and at + 3 <= len(bits):
        size = sizes[int(bits[at + 1:at + 3], 2)]
        length = bits[at + 3:at + 3 + size]
        if len(length) < size:
            return None
        run, is_alike = int(length, 2) + 1, bits[at] == "1"
        found += run
        if found > number and not is_alike:
            return None
        at += 3 + size + (word if is_alike else word * run)
    return number if found >= number and at <= len(bits) else None


_BITS = [f"{byte:08b}" for byte in range(256)]
