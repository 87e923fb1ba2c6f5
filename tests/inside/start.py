"""Django as Label Studio sets it up, for scripts that run in its environment beside a running one."""

from __future__ import annotations

import os
import sys
from typing import Any

import django
import label_studio


def start() -> Any:
    """Django's registry of models, ready; and whole: some models are defined when the addresses are read."""
    sys.path.insert(0, os.path.dirname(str(label_studio.__file__)))
    django.setup()
    from django.apps import apps
    from django.urls import get_resolver

    _ = get_resolver().url_patterns
    return apps
