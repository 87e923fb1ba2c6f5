"""Forms of the profile: what each entry must hold, checked at the edge, with a sentence for each field that is wrong.

A well-formed entry is not a verified one: these checks only keep out what cannot be meant.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic import model_validator

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.vetting.typed_text import clean
from ls_expert_plugin.vetting.values import ClaimKind

# A degree may be expected a few years from now; nothing else may lie in the future.
EXPECTED_DEGREE_YEARS = 8
_MONTH = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])")


class FormInvalid(BadInput):
    """Some fields cannot be used. ``fields``: field name → what to do about it; "" is about the form as a whole."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("Some entries need another look: " + "; ".join(f"{name or 'form'}: {text}" for name, text in fields.items()))
        self.fields = dict(fields)
