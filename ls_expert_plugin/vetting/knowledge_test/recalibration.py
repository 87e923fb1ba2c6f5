"""Use case: recalibration of a domain's items from the answers that there are by now. Tests that are over keep their result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.knowledge_test.calibration import calibrate

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import Database
    from ls_expert_plugin.vetting.knowledge_test.values import Difficulty


@dataclass(frozen=True)
class Recalibration:
    """Difficulties by item: as they were used ``before`` (those that had been estimated), and those ``estimated`` from answers now.

    ``most_shown``: how many people have seen the item that was shown most.
    """

    before: Mapping[str, Difficulty]
    estimated: Mapping[str, Difficulty]
    most_shown: int


def recalibrate(store: Database, pack: Pack, now: dt.datetime, *, dry_run: bool) -> Recalibration:
    """Estimate anew, and use what was found from now on, unless ``dry_run``."""
    with store.begin() as unit:
        shown, before = unit.sittings.exposure(pack.id), unit.sittings.calibrated(pack.id)
        found = calibrate(unit.sittings.marked(pack.id), {item.id: item.difficulty for item in pack.items})
        if not dry_run:
            unit.sittings.set_calibrated(pack.id, found, now)
    estimated = {item_id: difficulty for item_id, difficulty in found.items() if difficulty.standard_error is not None}
    return Recalibration(before, estimated, max(shown.values(), default=0))
