"""Django as Label Studio sets it up, for scripts that fill its database."""

from __future__ import annotations

import os
import sys

import django
import label_studio


def start() -> None:
    """Afterwards, models can be imported."""
    sys.path.insert(0, os.path.dirname(str(label_studio.__file__)))
    django.setup()
