"""A small domain pack as text, with changes, and what is said about a broken one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ls_expert_plugin.domains.loader import load_pack
from ls_expert_plugin.errors import PackError

GOOD = """\
id: tax
version: 3
title: Tax
description: You advise on taxes.
specialties:
  - {id: vat, title: Value added tax}
  - {id: payroll, title: Payroll}
licences:
  - id: adviser
    title: Tax adviser
    help: The number on your certificate.
    number_label: Number
    registers:
      - {title: The chamber, url: "https://chamber.example.org/search"}
competencies:
  - id: returns
    title: Returns
    description: Files returns.
    mandatory: true
    indicators:
      - due date
      - input tax
  - id: disputes
    title: Disputes
    description: Argues with the office.
    mandatory: false
    indicators: [objection]
questions:
  - {id: q1, competency: returns, kind: opening, text: "Tell me about a return."}
  - {id: q2, competency: returns, kind: probing, text: "What do you check?"}
  - {id: q3, competency: disputes, kind: scenario, text: "The office says no."}
follow_ups:
  - {id: f1, when: too_short, text: "Could you say more?"}
max_candidate_turns: 6
closing: Thank you.
"""


def complaint(tmp_path: Path, text: str | bytes) -> str:
    """What is said about a file with ``text``: everything behind its path."""
    path = tmp_path / "tax.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(PackError) as caught:
        load_pack(path)
    message = caught.value.message
    assert message.startswith(f"{path}:") and "\n" not in message
    return message.removeprefix(f"{path}:")


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


TITLE = "title: Tax\n"
