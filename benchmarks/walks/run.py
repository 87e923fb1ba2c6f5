"""The measurement: the five walks in this checkout and in older ones, side by side. Run it with ``make benchmark-walks``."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLUMNS: Mapping[str, str] = {
    "pages": "pages", "clicks": "clicks", "keys": "keystrokes", "texts": "texts of one's own", "screens": "screens scrolled", "seconds": "s by the model",
}
Tallies = Mapping[str, Mapping[str, float | str]]


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 when a walk of this checkout finds no way."""
    parser = argparse.ArgumentParser(prog="make benchmark-walks", description="Five walks through the portal, by the keystroke-level model.")
    parser.add_argument("--before", type=Path, nargs="+", default=[], help="checkouts to compare with: git worktree add /some/folder b0c1163")
    parser.add_argument("--pictures", type=Path, help="a folder for a picture of each walk's last page")
    parser.add_argument("--ways", action="store_true", help="the pages of each walk, too")
    asked = parser.parse_args(arguments)
    found = {checkout.name: measured(checkout.resolve(), asked.pictures) for checkout in [*asked.before, ROOT]}
    print(table(found))
    if asked.ways:
        print("\n".join(f"{name}: {walk}: {tally['way']}" for name, each in found.items() for walk, tally in each.items()))
    return int(any("problem" in tally for tally in found[ROOT.name].values()))


def measured(checkout: Path, pictures: Path | None) -> Tallies:
    """What ``measure.py`` prints for a checkout."""
    more: list[str] = []
    if pictures:
        folder = pictures.resolve() / checkout.name
        folder.mkdir(parents=True, exist_ok=True)
        more = [str(folder)]
    ran = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("measure.py")), *more], cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)}, capture_output=True, text=True, check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"the walks failed in {checkout}:\n{ran.stderr[-3000:]}")
    tallies: Tallies = json.loads(ran.stdout.splitlines()[-1])
    return tallies


def table(found: Mapping[str, Tallies]) -> str:
    """Markdown: a row for each walk, and in each cell the checkouts in their order."""
    lines = [f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%d}, {' → '.join(found)}", "", "| walk | " + " | ".join(COLUMNS.values()) + " |",
             "|---" * (len(COLUMNS) + 1) + "|"]
    for walk in next(iter(found.values())):
        tallies = [each[walk] for each in found.values()]
        lines.append(f"| {walk} | " + " | ".join(" → ".join(str(tally.get(column, "no way")) for tally in tallies) for column in COLUMNS) + " |")
        lines += [f"<!-- {name}: {each[walk]['problem']} -->" for name, each in found.items() if "problem" in each[walk]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
