"""The National Provider Identifier of the United States: its form, and the NPPES registry (public, API version 2.1, no key).

NPPES lists who asked for a number; taxonomies are what providers say of themselves. A match shows that this number belongs to somebody
of this name, no more, and no less.
"""

from __future__ import annotations

import threading
import time

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import RegistryUnavailable
from ls_expert_plugin.vetting.profile.credential_checks import CredentialCheck, RegistryAnswer, places_of

TIMEOUT_S = 10.0
MAX_BYTES = 500_000
# One question at a time, and not more than two a second from one process.
APART_S = 0.5


def well_formed(number: str) -> str:
    """Nothing, or what is wrong with the number's form: ten digits, the first 1 or 2, Luhn's check over 80840 and the number."""
    digits = number.strip()
    if not (len(digits) == 10 and digits.isascii() and digits.isdigit()):
        return "An NPI has ten digits and nothing else."
    if digits[0] not in "12" or not _luhn(f"80840{digits}"):
        return "This is no NPI: its check digit does not fit. Is one of the digits wrong?"
    return ""


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


class Nppes:
    """``CredentialCheck`` for NPI. Without an address only the form is looked at."""

    id = "npi"
    kinds = frozenset({"npi"})
    title = "NPPES NPI Registry"
    # It lists state licences to practise medicine; a lawyer's, or any other beside it, has nothing to do with them.
    beside = frozenset({"us_state_licence"})

    def __init__(self, base_url: str | None) -> None:
        self._base_url = base_url
        self._one_asks = threading.Lock()
        self._asked_at = 0.0

    @property
    def looks_up(self) -> bool:
        """Whether a registry is configured to be asked."""
        return self._base_url is not None

    def well_formed(self, number: str) -> str:
        """Nothing, or what is wrong with the number's form."""
        return well_formed(number)

    def look_up(self, number: str) -> RegistryAnswer:
        """Ask the registry about a number. Raises ``RegistryUnavailable``."""
        if self._base_url is None:
            raise RegistryUnavailable("No registry is configured. LS_EXPERT_NPPES_URL says where it is.")
        with self._one_asks:
            time.sleep(max(0.0, self._asked_at + APART_S - time.monotonic()))
            try:
                body = self._fetch(number.strip())
            finally:
                self._asked_at = time.monotonic()
        try:
            answer = _Answer.model_validate_json(body)
        except ValidationError:
            raise RegistryUnavailable("The NPI registry answered in a form that is not understood. Look it up by hand.") from None
        one = next((result for result in answer.results if str(result.number) == number.strip()), None)
        return one.read() if one else RegistryAnswer(found=False)

    def _fetch(self, number: str) -> bytes:
        try:
            with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client, client.stream(
                "GET", f"{self._base_url}/", params={"version": "2.1", "number": number}
            ) as response:
                if response.status_code != 200:
                    raise RegistryUnavailable(f"The NPI registry answered with status {response.status_code}. Try again later.")
                body = b""
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise RegistryUnavailable("The NPI registry answered with far more than one entry. Look it up by hand.")
                return body
        except httpx.HTTPError as problem:
            raise RegistryUnavailable(f"The NPI registry cannot be reached ({type(problem).__name__}). Try again later.") from None


def check(settings: Settings) -> CredentialCheck:
    """The check as the settings have it."""
    return Nppes(settings.nppes_url)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Basic(_Part):
    first_name: str = ""
    last_name: str = ""
    organization_name: str = ""
    status: str = ""


class _Taxonomy(_Part):
    code: str | None = ""
    desc: str | None = ""
    state: str | None = ""
    license: str | None = ""


class _Name(_Part):
    first_name: str | None = ""
    last_name: str | None = ""


class _Result(_Part):
    number: int | str
    enumeration_type: str
    basic: _Basic
    taxonomies: list[_Taxonomy] = Field(default_factory=list)
    other_names: list[_Name] = Field(default_factory=list)

    def read(self) -> RegistryAnswer:
        parts = [(self.basic.first_name, self.basic.last_name), *((one.first_name or "", one.last_name or "") for one in self.other_names)]
        named = [(f"{first} {last}".strip(), last) for first, last in parts if first or last] or [(self.basic.organization_name, "")]
        states = [one.state or "" for one in self.taxonomies if one.license]
        return RegistryAnswer(
            found=True,
            is_person=self.enumeration_type == "NPI-1",
            is_active=self.basic.status == "A",
            names=tuple(name for name, _ in named),
            licences=tuple((one.state or "", one.license or "") for one in self.taxonomies if one.license),
            listed_as=tuple(one.desc for one in self.taxonomies if one.desc),
            families=tuple(family for _, family in named),
            codes=tuple(one.code for one in self.taxonomies if one.code),
            places=("United States", *places_of(states)),
        )


class _Answer(_Part):
    """Mistakes in the question come with status 200 and without ``results``: not understood, then."""

    results: list[_Result]
