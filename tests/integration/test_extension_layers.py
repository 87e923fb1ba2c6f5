"""Each of the three layers by itself, on a real Label Studio with the other two taken out: what it stops, and what it cannot.

The attacks are made by an expert on somebody else's project and are taken back one by one. Without any layer they all succeed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.calls import Answer, Call, make
from tests.crawl import RESULT
from tests.label_studio import LabelStudio
from tests.scene import EXPERT, Scene

GATE, ROWS, OBJECTS = "gate", "rows", "objects"
WAYS = ("session", "legacy token")
# What is tried, and which layers stop it by themselves. {kind}: the id of the foreign one.
READS: Mapping[str, set[str]] = {
    "/api/projects/": {GATE},
}
