"""The demo's people in Label Studio, signed up the way anybody signs up."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from ls_expert_plugin.errors import LabelStudioError, LabelStudioUnreachable


@dataclass(frozen=True)
class Account:
    """Somebody in the demo. ``domain``: what they are a verified expert in; None: nothing."""

    email: str
    first_name: str
    last_name: str
    domain: str | None = None


ADMIN = Account("admin@demo.example", "Ada", "Admin")
NEWCOMER = Account("newcomer@demo.example", "Nele", "Newcomer")
EXPERTS = (
    Account("law@demo.example", "Lena", "Advocate", "law"),
    Account("medicine@demo.example", "Milan", "Physician", "medicine"),
    Account("finance@demo.example", "Farida", "Analyst", "finance"),
)


class BrowserSession:
    """One person's cookies in Label Studio, without a browser."""

    def __init__(self, label_studio_url: str) -> None:
        self._url = label_studio_url
        self._http = httpx.Client(base_url=label_studio_url, follow_redirects=True, timeout=30, trust_env=False)

    def sign_in(self, account: Account, password: str) -> None:
        """Somebody who has an account. Raises ``LabelStudioError``."""
        if not self._submit("/user/login/", {"email": account.email, "password": password, "persist_session": "on"}):
            raise LabelStudioError(f"{account.email} cannot sign in at {self._url}. Is the password another one?")

    def sign_up(self, account: Account, password: str) -> None:
        """Somebody who has none yet. Raises ``LabelStudioError``."""
        if not self._submit("/user/signup/", {"email": account.email, "password": password, "allow_newsletters": "false"}):
            raise LabelStudioError(f"{account.email} cannot sign up at {self._url}. Is sign-up closed?")
        self.name(account)

    def name(self, account: Account) -> None:
        """Write their name into their account."""
        me = self._request("GET", "/api/current-user/whoami").json()
        self._request("PATCH", f"/api/users/{me['id']}/", json={"first_name": account.first_name, "last_name": account.last_name})

    def new_token(self) -> str:
        """A personal access token of this person. Raises ``LabelStudioError`` when they have one whose text is lost."""
        answer = self._request("POST", "/api/token/")
        if answer.status_code == 409:
            raise LabelStudioError(
                "There is a personal access token already, and Label Studio does not show it again. "
                "Revoke it in Label Studio, Account & Settings, and start again."
            )
        if answer.status_code != 201:
            raise LabelStudioError(f"Label Studio made no personal access token ({answer.status_code}).")
        return str(answer.json()["token"])

    def close(self) -> None:
        """Give the connection to Label Studio back."""
        self._http.close()

    def _submit(self, path: str, fields: dict[str, str]) -> bool:
        """Fill in a form; True when it led into Label Studio."""
        self._request("GET", path)
        answer = self._request("POST", path, data={**fields, "csrfmiddlewaretoken": self._http.cookies.get("csrftoken") or ""})
        return answer.status_code == 200 and not answer.url.path.startswith("/user/")

    def _request(self, method: str, path: str, **options: object) -> httpx.Response:
        headers = {"Referer": self._url, "X-CSRFToken": self._http.cookies.get("csrftoken") or ""}
        try:
            return self._http.request(method, path, headers=headers, **options)  # type: ignore[arg-type]
        except httpx.HTTPError as problem:
            raise LabelStudioUnreachable(f"Label Studio at {self._url} does not answer ({type(problem).__name__}).") from None
