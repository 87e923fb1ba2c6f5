"""Plants each fault in a copy of the tree and looks whether the tests it names catch it. Run by ``run.py``, in the tests' environment.

Caught is a fault when a test fails in its own body. A file that cannot be imported, a fixture that fails, a name that is not defined:
none of these is a verdict, the fault counts as not caught. So does one whose tests do not end, unless it says that it hangs. Before
any fault is planted, all the tests named have to pass: what fails without it says nothing about it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.leftovers import folder_of_this_run
from tests.planted_faults.copies import Copy
from tests.planted_faults.fault import Fault, read_all
from tests.planted_faults.places import NoLongerApplies, named_test

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = {None: 120.0, "browser": 180.0, "postgresql": 240.0, "label_studio": 400.0}
ALL_WITHIN_S = 1800.0
PREFIX = "ls-expert-planted-"
_POLITE_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# In the sample of a day. One whose tests start a Label Studio takes more than 40 s of processor by itself, with and without the fault.
SAMPLE_WITH_LABEL_STUDIO = 0
# A test that is run on both databases is tried on the quicker one, unless the fault says that it needs PostgreSQL.
ON_SQLITE = ("-k", "not postgresql")


def main(arguments: Sequence[str]) -> int:
    """0 when every fault chosen was caught."""
    chosen = argparse.ArgumentParser(prog="make planted-faults")
    chosen.add_argument("--only", metavar="ID", action="append", default=[], help="this fault (or those whose id begins so); may be repeated")
    chosen.add_argument("--sample", metavar="N", type=int, help="so many, chosen by the date (UTC), all of them quick")
    chosen.add_argument("--needs", metavar="WHAT", action="append", default=[], choices=["nothing", "label_studio", "browser", "postgresql"],
                        help="those whose tests start this; may be repeated")
    chosen.add_argument("--jobs", metavar="N", type=int, default=1, help="so many at once, each in a copy of its own")
    asked = chosen.parse_args(arguments)
    faults = read_all()
    if asked.only:
        faults = tuple(fault for fault in faults if any(fault.id.startswith(one) for one in asked.only))
    if asked.needs:
        faults = tuple(fault for fault in faults if (fault.needs or "nothing") in asked.needs)
    if asked.sample:
        faults = sample(faults, asked.sample, dt.datetime.now(dt.timezone.utc).date())
    if not faults:
        chosen.error("there is no such fault")
    with folder_of_this_run(PREFIX) as folder:
        return run(faults, max(1, asked.jobs), folder)


def sample(faults: Sequence[Fault], count: int, day: dt.date) -> tuple[Fault, ...]:
    """So many faults for a day: the same for everybody on that day; none that takes a Label Studio, a browser or PostgreSQL, or hangs."""
    order = sorted(faults, key=lambda fault: hashlib.sha256(f"{day.isoformat()} {fault.id}".encode()).digest())
    slow = [fault for fault in order if fault.needs][:SAMPLE_WITH_LABEL_STUDIO]
    return tuple([fault for fault in order if not (fault.needs or fault.hangs) or fault in slow][:count])


def run(faults: Sequence[Fault], jobs: int, folder: Path) -> int:
    """Print a line for each, and how many were caught."""
    began = time.monotonic()
    tests: dict[str, tuple[str, ...]] = {}
    for fault in faults:
        try:
            tests[fault.id] = tuple(named_test(ROOT, test) for test in fault.tests)
        except NoLongerApplies as problem:
            print(f"{fault.id}: {problem}", flush=True)
    applying = [fault for fault in faults if fault.id in tests]
    if any(fault.needs in ("label_studio", "postgresql") for fault in applying):
        # In the folder of this run, by which what they start is known and ended.
        subprocess.run([sys.executable, "-m", "tests.support.servers.templates"], cwd=ROOT, env={**os.environ, "TMPDIR": str(folder)}, check=True)
    copies: queue.Queue[Copy] = queue.Queue()
    all_copies: list[Copy] = []
    at_once = max(1, min(jobs, len(applying)))
    for number in range(at_once):
        copy = Copy(ROOT, folder / str(number), Path(os.environ["TESTED_LABEL_STUDIO_BIN"]))
        all_copies.append(copy)
        copy.prove()
        copies.put(copy)
    silent = unproved(copies.queue[0], applying, tests)
    for copy in copies.queue:
        copy.learnt_from(copies.queue[0])

    def judge(fault: Fault) -> tuple[bool, str]:
        for test in tests[fault.id]:
            if test in silent:
                return False, f"NOT CAUGHT: {test} {silent[test]}"
        copy = copies.get()
        try:
            return judged(copy, fault, tests[fault.id])
        finally:
            copies.put(copy)

    caught = 0
    pool = ThreadPoolExecutor(at_once)
    try:
        waiting = {pool.submit(judge, fault): fault for fault in applying}
        for done in as_completed(waiting):
            is_caught, said = done.result()
            caught += is_caught
            print(f"{waiting[done].id}: {said}", flush=True)
    except BaseException:
        for copy in all_copies:
            copy.interrupt()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    for copy in all_copies:
        copy.close()
    print(f"{caught} of {len(faults)} caught, in {(time.monotonic() - began) / 60:.1f} min")
    return 0 if caught == len(faults) else 1


def judged(copy: Copy, fault: Fault, tests: Sequence[str]) -> tuple[bool, str]:
    """Whether it is caught, and what is to be said of it."""
    try:
        with copy.with_fault(fault):
            ran = copy.run(tests, WITHIN_S[fault.needs], "-x", *_options(fault))
    except NoLongerApplies as problem:
        return False, str(problem)
    if ran.caught_by or (ran.is_over_time and fault.hangs):
        return True, f"caught by {ran.caught_by or 'a test that does not end'} in {ran.seconds:.0f} s"
    why = ": ".join(ran.problems[0]) if ran.problems else f"{len(ran.passed)} tests pass with it"
    return False, f"NOT CAUGHT in {ran.seconds:.0f} s: {why} ({fault.promise})"


def unproved(copy: Copy, faults: Sequence[Fault], tests: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Test → why it says nothing, of those named that fail while nothing is planted, or do not run at all."""
    found: dict[str, str] = {}
    for options in sorted({_options(fault) for fault in faults}):
        some = sorted({test for fault in faults if _options(fault) == options for test in tests[fault.id]})
        ran = copy.run(some, ALL_WITHIN_S, *options, learn=not copy.modules.exists())
        found |= dict.fromkeys(set(some) - {_without_case(test) for test in ran.passed}, "does not run")
        found |= {_without_case(test): f"fails without the fault: {said}" for test, said in ran.problems}
        print(f"without a fault: {len(ran.passed)} passed, {len(ran.problems)} did not, in {ran.seconds:.0f} s", flush=True)
    return found


def _without_case(test: str) -> str:
    return test.partition("[")[0]


def _options(fault: Fault) -> tuple[str, ...]:
    return () if fault.needs == "postgresql" else ON_SQLITE


def _interrupt_once(_number: int, _frame: object) -> None:
    """The first of several polite ends; nothing comes in between while what was started is taken down."""
    for polite_end in _POLITE_ENDS:
        signal.signal(polite_end, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in _POLITE_ENDS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, _interrupt_once)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
