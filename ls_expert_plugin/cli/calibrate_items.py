"""``ls-expert items calibrate``: difficulties of the knowledge tests' items, estimated from answers."""

from __future__ import annotations

from contextlib import closing
from typing import TextIO

from ls_expert_plugin.bootstrap import assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.storage.migrate import require_migrated
from ls_expert_plugin.vetting.knowledge_test.calibration import MIN_ANSWERS, calibrate
from ls_expert_plugin.worker.queue import make_queue


def calibrate_items(settings: Settings, domain: str | None, out: TextIO, *, dry_run: bool) -> int:
    """Re-estimate the difficulties of one domain or all, print what changes, and save it unless ``dry_run``.

    Tests that are over keep their result. Raises ``NotFound`` for a domain that is not there.
    """
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        if domain is not None and domain not in parts.packs:
            raise NotFound(f"There is no domain {domain!r}. There are: {', '.join(parts.packs)}.")
        for pack in parts.packs.values():
            if domain not in (None, pack.id) or not pack.items:
                continue
            with parts.store.begin() as unit:
                shown, before = unit.sittings.exposure(pack.id), unit.sittings.calibrated(pack.id)
                found = calibrate(unit.sittings.marked(pack.id), {one.id: one.difficulty for one in pack.items})
                if not dry_run:
                    unit.sittings.set_calibrated(pack.id, found, parts.clock())
            estimated = {item_id: one for item_id, one in found.items() if one.standard_error is not None}
            print(f"{pack.title}: {len(estimated)} of {len(pack.items)} items estimated from answers", file=out)
            for item in pack.items:
                if item.id in estimated:
                    was, now = before.get(item.id), estimated[item.id]
                    old = f"{was.logits:+.2f}" if was else f"{item.difficulty:+.2f} (author's estimate)"
                    print(f"  {item.id}: {old} → {now.logits:+.2f} ± {now.standard_error:.2f}, {now.answers} answers", file=out)
            if len(estimated) < len(pack.items):
                most = max(shown.values(), default=0)
                print(f"  the others keep their authors' estimates until {MIN_ANSWERS} people have answered them; {most} at the most so far", file=out)
    if dry_run:
        print("Dry run: nothing was changed.", file=out)
    return 0
