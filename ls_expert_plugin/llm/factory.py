"""Is there a language model, and which? Decided by the settings alone; nothing is asked yet."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import SettingError
from ls_expert_plugin.llm.port import CallLog
from ls_expert_plugin.llm.response_format import FormMemory

if TYPE_CHECKING:
    from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel

logger = logging.getLogger(__name__)

# Endpoints of one's own often want no key; the library wants one in any case.
_NO_KEY = "none"
# One for the process: models are connected anew for each run, and what their endpoints take was learnt before.
_FORMS = FormMemory()


def connect(settings: Settings, model: str | None, log: CallLog) -> OpenAICompatibleModel | None:
    """The model of this name at the configured endpoint. None: no name, or neither key nor address is set.

    Raises ``SettingError`` for a key that cannot be sent.
    """
    if not model:
        return None
    key = settings.openai_api_key
    if not key and not settings.openai_base_url:
        logger.warning("Model %s is not used: neither OPENAI_API_KEY nor OPENAI_BASE_URL is set.", model)
        return None
    if key and not (key.isascii() and key.isprintable()):
        raise SettingError("OPENAI_API_KEY: the value will not do: a key is printable ASCII, in one line.")
    # The library takes a second to import: only those who use it wait.
    from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel

    return OpenAICompatibleModel(
        model, api_key=key or _NO_KEY, base_url=settings.openai_base_url,
        timeout_s=settings.llm_timeout_s, log=log, forms=_FORMS,
    )
