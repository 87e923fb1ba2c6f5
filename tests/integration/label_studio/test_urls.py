"""Which addresses Label Studio answers with the extension: its own, every one of them, and ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.servers.label_studio import LabelStudio

LISTED = Path(__file__).parents[2] / "inside" / "listed.py"


@pytest.mark.parametrize("label_studio", ["sqlite"], indirect=True)
def test_label_studio_keeps_every_address_and_gets_only_ours(label_studio: LabelStudio) -> None:
    """Nothing that a team calls today is gone, and nothing is added but the extension's own and the quiet answer for tips."""
    changed = label_studio.run_inside(LISTED)
    assert changed["missing"] == []
    assert [url for url, name in changed["added"] if not name.startswith("ls_expert:")] == ["/heidi-tips/"]
    assert ["/expert/", "ls_expert:portal"] in changed["added"]
