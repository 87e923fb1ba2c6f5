"""The signed hand-off: whose it is, for how long, and what is refused."""

from __future__ import annotations

import datetime as dt

import jwt
import pytest

from ls_expert_plugin.errors import HandoffRefused
from ls_expert_plugin.protocol.handshake import HANDOFF_LIFETIME_S, api_key, derive_key, is_same_moment, ml_password, read_handoff, same_secret, sign_handoff

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.timezone.utc)
SECRET = "a-shared-secret-that-is-long-enough"


def _token(now: dt.datetime = NOW, secret: str = SECRET) -> str:
    return sign_handoff(secret, ls_user_id=7, email="a@b.example", name="A B", role="expert", state="s" * 20, now=now)


def test_a_fresh_handoff_says_who_comes() -> None:
    """Everything that was signed comes out again."""
    claims = read_handoff(_token(), SECRET, NOW + dt.timedelta(seconds=59))
    assert (claims.ls_user_id, claims.email, claims.name, claims.role, claims.state) == (7, "a@b.example", "A B", "expert", "s" * 20)
    assert claims.expires_at_utc == NOW + dt.timedelta(seconds=HANDOFF_LIFETIME_S)


def test_the_ml_backend_has_a_password_whether_or_not_one_is_set() -> None:
    """The one that is set, or one of its own made from the shared secret; without either nobody is let in."""
    made = ml_password(None, SECRET)
    assert ml_password("p" * 30, SECRET) == "p" * 30 and made == derive_key(SECRET, "ml-backend")
    assert len(made) == 64 and made != api_key(SECRET)
    assert ml_password(None, "") == "" and not same_secret("", ml_password(None, ""))


def test_no_two_handoffs_share_an_id() -> None:
    """The id is what makes one use one use."""
    assert read_handoff(_token(), SECRET, NOW).jti != read_handoff(_token(), SECRET, NOW).jti


@pytest.mark.parametrize("seconds", [61, 3600, -6])
def test_an_expired_or_early_handoff_is_refused(seconds: int) -> None:
    """60 s, and no more than a few seconds of clock difference."""
    with pytest.raises(HandoffRefused, match="expired"):
        read_handoff(_token(), SECRET, NOW + dt.timedelta(seconds=seconds))


def _forged(**changes: object) -> str:
    claims = {"aud": "ls-expert-portal", "sub": "7", "email": "a", "name": "", "role": "manager", "state": "s", "jti": "j",
              "iat": NOW, "exp": NOW + dt.timedelta(seconds=60), **changes}
    return jwt.encode({key: value for key, value in claims.items() if value is not None}, derive_key(SECRET, "handoff"), "HS256")


@pytest.mark.parametrize("token", [
    "", "abc", "a.b.c", _token(secret="another-secret-another-secret-1"), _token()[:-4] + "AAAA",
    jwt.encode({"sub": "7"}, "", algorithm="none"), _forged(aud="somebody-else"), _forged(sub="seven"), _forged(jti=None), _forged(state=None),
    jwt.encode({"aud": "ls-expert-portal", "sub": "7", "iat": NOW, "exp": NOW, "jti": "j"}, api_key(SECRET), "HS256"),
], ids=range(11))
def test_a_forged_handoff_is_refused(token: str) -> None:
    """Wrong key, no signature, another audience, missing or odd claims, a key made for another use."""
    with pytest.raises(HandoffRefused):
        read_handoff(token, SECRET, NOW)


def test_a_handoff_cannot_be_made_to_last() -> None:
    """A longer life than agreed is refused even with the right key."""
    with pytest.raises(HandoffRefused):
        read_handoff(_forged(exp=NOW + dt.timedelta(days=1)), SECRET, NOW)


def test_an_empty_secret_matches_nothing() -> None:
    """Unset on one side must not open the door."""
    assert same_secret("abc", "abc") and not same_secret("abd", "abc")
    assert not same_secret("", "") and not same_secret(None, "") and not same_secret(None, "abc")


@pytest.mark.parametrize(("later_us", "is_same"), [
    (0, True), (999, True), (1_000, False), (-678_901, True), (-678_900, False), (-678_902, False), (321_099, False),
])
def test_dates_of_one_account_may_be_cut(later_us: int, is_same: bool) -> None:
    """To milliseconds by a dump, to the second by Label Studio's admin; any other difference makes it another account."""
    made = NOW + dt.timedelta(microseconds=678_901)
    other = made + dt.timedelta(microseconds=later_us)
    assert is_same_moment(made, other) is is_same_moment(other, made) is is_same
