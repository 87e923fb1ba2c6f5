"""Tests of Label Studio's that rely on something the extension changes on purpose: ``exceptions.txt``.

A line with the test's id, then its reason on indented lines; ``#`` begins a comment.
"""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).with_name("exceptions.txt")


def read_exceptions(text: str) -> dict[str, str]:
    """Reason by test id. Raises ``ValueError`` naming the line that is wrong."""
    found: dict[str, str] = {}
    test = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line[0].isspace():
            if line.strip() in found:
                raise ValueError(f"line {number}: {line.strip()} is there twice")
            if test and not found[test]:
                raise ValueError(f"line {number}: {test} has no reason; write one, indented, below it")
            test = line.strip()
            found[test] = ""
        elif not test:
            raise ValueError(f"line {number}: a reason without a test above it")
        else:
            found[test] = f"{found[test]} {line.strip()}".strip()
    if test and not found[test]:
        raise ValueError(f"{test} has no reason; write one, indented, below it")
    return found
