"""The value object of a planted fault, and the strict schema of the files that hold them: one YAML file for each room, beside this."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ls_expert_plugin.reading import strict_yaml

FOLDER = Path(__file__).parent
MAX_BYTES = 200_000


class Fault(BaseModel):
    """One small change that must never pass.

    ``before``: a part of one line, or whole lines at whatever indentation; it stands once in ``file``, or, when it has moved, once in
    the package. ``tests``: who must catch it, as ``path::name``, the quickest first. ``needs``: what those tests start. ``hangs``: with
    the fault they do not end, and that counts as caught. ``only``: what else was tried and does not see it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)+$")
    promise: str = Field(min_length=15, max_length=160)
    file: str = Field(pattern=r"^ls_expert_plugin/.+\.(py|txt|html|js|yaml)$")
    before: str = Field(min_length=4)
    after: str
    tests: tuple[str, ...] = Field(min_length=1, max_length=4)
    needs: Literal["label_studio", "browser", "postgresql"] | None = None
    hangs: bool = False
    only: str = ""

    @model_validator(mode="after")
    def _changes_something(self) -> Fault:
        if self.before.strip() == self.after.strip():
            raise ValueError("before and after are the same")
        if any(not test.startswith("tests/") or test.count("::") != 1 for test in self.tests):
            raise ValueError("a test is named tests/folder/test_module.py::test_name")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    faults: tuple[Fault, ...]


def read_all(folder: Path = FOLDER) -> tuple[Fault, ...]:
    """Every fault, by file. Raises ``ValueError``: a file that is not as it should be, or an id that stands twice."""
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        document = strict_yaml.read(path, "list of faults", MAX_BYTES)
        if document.repeated:
            raise ValueError(f"{path.name}: {document.repeated[0].says}")
        faults += _File.model_validate(document.value).faults
    twice = [name for name, count in Counter(fault.id for fault in faults).items() if count > 1]
    if twice:
        raise ValueError(f"these ids stand twice: {', '.join(twice)}")
    return tuple(faults)
