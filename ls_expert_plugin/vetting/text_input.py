"""Text that people type into our forms: what is kept of it, and what is refused."""

from __future__ import annotations

from ls_expert_plugin.errors import BadInput


def clean(text: str) -> str:
    """The text as it is stored: line ends as ``\\n`` (forms send ``\\r\\n``), no white space around it.

    Raises ``BadInput`` for characters no database keeps: NUL (PostgreSQL refuses it), halves of surrogate pairs.
    """
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise BadInput("The text has characters that cannot be saved. Remove what was pasted last and try again.")
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
