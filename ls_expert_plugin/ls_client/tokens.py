"""Token introspection: whose personal access token this is. Only Label Studio knows, so it is asked each time; nothing is kept."""

from __future__ import annotations

import re
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from ls_expert_plugin.errors import LabelStudioError, LabelStudioUnreachable
from ls_expert_plugin.ls_client.certificates import tls_context

# A personal token's access token is under 500 characters; nothing else is worth a question.
_SCHEMES = re.compile(r"(?:Token|Bearer) [\x21-\x7e]{1,2000}")


class TokenOwners:
    """Label Studio as the judge of tokens. Safe to share between threads."""

    def __init__(self, label_studio_url: str, timeout_s: float = 5.0) -> None:
        self._url = label_studio_url
        # No cookie is ever kept: a session that one answer opened must not answer for the next token.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._http = httpx.Client(base_url=label_studio_url, timeout=timeout_s, trust_env=False, verify=tls_context(), cookies=no_cookies)

    def owner(self, authorization: str) -> int | None:
        """Label Studio's id of whoever this ``Authorization`` header belongs to. None: of nobody.

        Raises ``LabelStudioUnreachable`` and ``LabelStudioError``. Takes "Token …" and "Bearer …".
        """
        if not _SCHEMES.fullmatch(authorization):
            return None
        try:
            answer = self._http.get("/api/current-user/whoami", headers={"Authorization": authorization})
        except httpx.HTTPError as problem:
            raise LabelStudioUnreachable(f"Label Studio does not answer ({type(problem).__name__}), so nobody's token can be checked.") from None
        if answer.status_code in (401, 403):
            return None
        try:
            who = answer.json()["id"] if answer.status_code == 200 else None
        except (ValueError, KeyError, TypeError):
            who = None
        if not isinstance(who, int):
            raise LabelStudioError(f"Label Studio answered {answer.status_code} when asked whose token this is.")
        return who

    def close(self) -> None:
        """Give the connections to Label Studio back."""
        self._http.close()
