"""Masks of brushes: what the SDK wrote passes, what its exports could not unpack does not."""

from __future__ import annotations

from typing import Any

import pytest

from ls_expert_plugin.label_studio.enforcement.request.mask_validation import is_mask

# encode_rle of label_studio_sdk 2.0: the values 0, 0, 0, 255, 1, 2, 3, 4, which are two pixels.
TWO_PIXELS = [0, 0, 0, 8, 57, 27, 252, 64, 0, 127, 128, 2, 0, 16, 0, 96, 2, 0]
# 32 values that are all 7, in one run: bits of a value 8, of a run's length 8.
ALIKE = [0, 0, 0, 32, 0b00111_011, 0b1_0111_011, 0b1_0111_1_00, 31, 7]


def test_what_was_encoded_passes() -> None:
    """Runs of one value and of several; a last run may be longer than what is left."""
    assert is_mask(TWO_PIXELS, 2, 1) and is_mask(TWO_PIXELS, 1, 2) and is_mask(ALIKE, 8, 1) and is_mask([*ALIKE[:7], 40, 7], 4, 2)


@pytest.mark.parametrize(("mask", "width", "height"), [
    (TWO_PIXELS, 3, 1), (TWO_PIXELS, None, 1), (TWO_PIXELS, 2, "1"), (TWO_PIXELS, True, 2), (TWO_PIXELS, -2, -1), (TWO_PIXELS[:-2], 2, 1), ([], 2, 1),
    ([], 0, 0), ([1, 2, 3], 2, 1), (None, 2, 1), ("A", 2, 1), ({}, 2, 1), ([*TWO_PIXELS[:-1], 256], 2, 1), ([*TWO_PIXELS[:-1], "0"], 2, 1),
    ([*TWO_PIXELS[:-1], None], 2, 1), ([255, 255, 255, 255, *TWO_PIXELS[4:]], 2**15, 2**15), (ALIKE[:8], 8, 1),
    ([*ALIKE[:4], 0b01000_011, *ALIKE[5:], 0, 0], 8, 1),
], ids=str)
def test_what_an_export_could_not_unpack_is_refused(mask: Any, width: Any, height: Any) -> None:
    """It ends early, is of another size than its picture, is no list of bytes, or asks for gigabytes."""
    assert not is_mask(mask, width, height)
