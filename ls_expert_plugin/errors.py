"""Every error this package raises on purpose, as one tree.

    ExpertError                     has a stable ``code`` and a sentence that says what to do
    ├── SettingError                a setting is missing, unknown or malformed; start-up stops
    ├── SealError                   a value in the database is not sealed for where it stands; somebody wrote into it
    ├── PackError                   a domain pack is broken: file, line and field
    ├── BadInput                    what a person or a program sent cannot be used (400)
    │   ├── TooLarge                … because there is too much of it (413)
    │   ├── BadFields               … with a sentence for each field that is wrong (400)
    │   └── FormInvalid             … a form, with a sentence for each field (vetting/profile/forms.py)
    ├── NotSignedIn                 nobody is signed in (401)
    │   └── BadSecret               the caller did not show the shared secret (401)
    ├── Forbidden                   this person may not do this (403)
    │   └── HandoffRefused          the signed hand-off is forged, expired or used (403)
    ├── NotFound                    no such thing, or not for this person (404)
    ├── Conflict                    somebody else was first, or the thing is over (409)
    ├── Busy                        too much of it is going on at once, try again (503)
    ├── TooManyRequests             this caller has had what there is for now (429)
    ├── MailError                   a mail server did not take a message
    ├── RegistryUnavailable         a public register did not give a usable answer
    ├── ModelError                  the language model did not give a usable answer
    │   ├── ModelUnavailable        no answer: network, time-out, 5xx, rate limit after retries
    │   ├── ModelRefused            the model declined to answer
    │   └── ModelAnswerInvalid      an answer that does not fit the schema asked for
    │       ├── ModelAnswerEmpty    … because there is nothing in it, twice
    │       ├── ModelAnswerCut      … because it was cut off at the token limit, twice
    │       └── ModelAnswerUnfit    … a text that did not pass the caller's check, and why
    ├── LabelStudioError            Label Studio did not do what was asked
    │   ├── LabelStudioUnreachable  … because it did not answer
    │   └── OutboxReplaced          … because our cursor is no place in its outbox: one side was restored
    └── StartError                  a process of ours cannot start; the sentence says what to do

``web/errors.py`` maps these to HTTP; ``cli/main.py`` maps them to one line on stderr and exit code 1.
"""

from __future__ import annotations

from collections.abc import Sequence


class ExpertError(Exception):
    """Base of the tree. ``message`` is a sentence for a person; it never holds a secret."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SettingError(ExpertError):
    """A setting is missing, unknown or malformed. The message names it."""

    code = "setting"


class SealError(ExpertError):
    """A value in the database was moved, changed or put in plainly. The message names table, column and row, never the value."""

    code = "seal"


class PackError(ExpertError):
    """A domain pack is broken. The message starts with ``file:line: field:``."""

    code = "domain_pack"


class BadInput(ExpertError):
    """What was sent cannot be used."""

    code = "bad_input"


class TooLarge(BadInput):
    """What was sent is larger than the limit."""

    code = "too_large"


class BadFields(BadInput):
    """Fields that cannot be used. ``fields`` are (name, sentence); the message has a line for each."""

    at_most = 20

    def __init__(self, message: str, fields: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.fields = tuple(fields)

    @classmethod
    def naming(cls, fields: Sequence[tuple[str, str]], places: Sequence[str] = ()) -> BadFields:
        """The error that tells the first ``at_most`` of these, and how many there are.

        ``places``: where each stands ("file:line"), when they come from a file.
        """
        told = fields[: cls.at_most]
        lines = [f"{name}: {sentence}" if name else sentence for name, sentence in told]
        if places:
            lines = [f"{place}: {line}" for place, line in zip(places, lines, strict=False)]
        if len(fields) > len(told):
            lines.append(f"… and {len(fields) - len(told)} more")
        count = "1 mistake" if len(fields) == 1 else f"{len(fields)} mistakes"
        return cls("\n".join([f"Nothing was changed: {count}.", *lines]), told)


class NotSignedIn(ExpertError):
    """Nobody is signed in, or no longer."""

    code = "not_signed_in"


class BadSecret(NotSignedIn):
    """A program called without our shared secret."""

    code = "bad_secret"


class Forbidden(ExpertError):
    """The person is known and may not do this."""

    code = "forbidden"


class HandoffRefused(Forbidden):
    """The hand-off from Label Studio is forged, expired, used, or from another browser."""

    code = "handoff_refused"


class NotFound(ExpertError):
    """No such thing, or none that this person may see."""

    code = "not_found"


class Conflict(ExpertError):
    """Somebody else was first, or the thing asked for is over."""

    code = "conflict"


class Busy(ExpertError):
    """Too much of this is going on at once. ``retry_after_s``: when it is worth trying again."""

    code = "busy"
    retry_after_s = 60


class TooManyRequests(ExpertError):
    """Whoever asks has had as much of this as there is for now. ``retry_after_s``: when there is more."""

    code = "too_many_requests"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class MailError(ExpertError):
    """A mail server did not take a message."""

    code = "mail"


class RegistryUnavailable(ExpertError):
    """A public register did not answer, or in a form that is not understood. Nothing was looked up."""

    code = "registry_unavailable"


class ModelError(ExpertError):
    """The language model gave no usable answer. Callers go on without it."""

    code = "model"


class ModelUnavailable(ModelError):
    """No answer: network, time-out, 5xx, or a rate limit that outlasted the retries."""

    code = "model_unavailable"


class ModelRefused(ModelError):
    """The model declined to answer this prompt."""

    code = "model_refused"


class ModelAnswerInvalid(ModelError):
    """The answer does not fit the schema asked for."""

    code = "model_answer_invalid"


class ModelAnswerEmpty(ModelAnswerInvalid):
    """The answer has nothing in it, and had nothing when it was asked for once more."""

    code = "model_answer_empty"


class ModelAnswerCut(ModelAnswerInvalid):
    """The answer was cut off at the token limit, and was when it was asked for once more."""

    code = "model_answer_cut"


class ModelAnswerUnfit(ModelAnswerInvalid):
    """A text that did not pass the check of whoever asked for it. ``reason`` is a word of theirs; it goes to the call log."""

    code = "model_answer_unfit"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class LabelStudioError(ExpertError):
    """Label Studio answered, but did not do what was asked. ``status``: the HTTP status, where it matters."""

    code = "label_studio"

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class LabelStudioUnreachable(LabelStudioError):
    """Label Studio did not answer, or not in time."""

    code = "label_studio_unreachable"


class OutboxReplaced(LabelStudioError):
    """Our cursor is no place in Label Studio's outbox. ``reason``: a word of ``outbox_position.Reason``."""

    code = "outbox_replaced"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message, 409)
        self.reason = reason


class StartError(ExpertError):
    """A process cannot start. The message says what to do about it."""

    code = "start"
