"""``ls-expert impact-report``: whether groups of people are verified at like rates."""

from __future__ import annotations

from contextlib import closing
from typing import TextIO

from ls_expert_plugin.bootstrap import assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.storage.migrate import require_migrated
from ls_expert_plugin.vetting.privacy.adverse_impact import MINIMUM, QUESTIONS, report
from ls_expert_plugin.worker.queue import make_queue


def impact_report(settings: Settings, domain: str | None, out: TextIO) -> int:
    """Print the report of one domain, or of all together. Raises ``NotFound`` for a domain that is not there."""
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        if domain is not None and domain not in parts.packs:
            raise NotFound(f"There is no domain {domain!r}. There are: {', '.join(parts.packs)}.")
        with parts.store.read() as unit:
            outcomes = unit.fairness.outcomes(domain)
    where = f"in {parts.packs[domain].title}" if domain else "in all domains"
    print(f"{len(outcomes) if len(outcomes) >= MINIMUM else f'Fewer than {MINIMUM}'} first decisions {where} about people who answered.", file=out)
    print(f"Rates of verification; the ratio is to the highest of its question; below 0.80 is marked. Groups under {MINIMUM} people are left out.", file=out)
    for question, (title, options) in QUESTIONS.items():
        rows = [one for one in report(outcomes) if one.question == question]
        print(f"\n{title}" + ("" if rows else ": nobody answered"), file=out)
        for one in rows:
            if one.rate is None:
                print(f"  {options[one.option]:<36} too few to tell of", file=out)
            else:
                ratio = "  -  " if one.ratio is None else f"{one.ratio:.2f}"
                mark = "  below four fifths" if one.is_marked else ""
                print(f"  {options[one.option]:<36} {one.verified} of {one.decided}, {one.rate:.0%}, ratio {ratio}{mark}", file=out)
    print("\nA mark is a reason to look, no proof; with few people it is chance. See docs/responsible-use.md.", file=out)
    return 0
