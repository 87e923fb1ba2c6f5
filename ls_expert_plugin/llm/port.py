"""What the features ask of a language model, and what they get told.

A reply is a proposal: callers validate it and pure code decides. Adapters raise only the ``ModelError`` branch of
``errors.py``; a caller that catches ``ModelError`` can always go on without the model.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Picture:
    """A picture that goes along with a message."""

    media_type: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """One message of a conversation with the model. ``pictures`` only where the model takes them."""

    role: Literal["system", "user", "assistant"]
    content: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """Messages to send, and what they are for.

    ``purpose`` names the caller ("interview.ask", "assessment.evidence"); ``version`` is the version of the prompt file
    the messages were made from. ``subject``: what the call is paid for, such as "project 3 <version>". All go to the call log.
    ``check``: what a text has to pass before anybody gets it: None, or why it does not pass, in one word, which goes there too.
    """

    purpose: str
    version: str
    messages: Sequence[Message]
    max_tokens: int = 800
    subject: str = ""
    check: Callable[[str], str | None] | None = None


@dataclass(frozen=True)
class ModelCall:
    """One call as the log keeps it. ``outcome`` is "ok" (it passed its check, if it had one), "abandoned" (a stream nobody read to its
    end), "unfit_" and why it did not pass its check, or the ``code`` of the error ("error" for a mistake of ours). No text of the call is
    kept."""

    purpose: str
    model: str
    prompt_version: str
    prompt_sha256: str
    tokens_in: int | None
    tokens_out: int | None
    duration_ms: int
    attempts: int
    outcome: str
    subject: str = ""


class CallLog(Protocol):
    """Where calls are written down. Must not raise: a full disk must not end an interview."""

    def record(self, call: ModelCall) -> None: ...


class LanguageModel(Protocol):
    """The port. Each method raises ``ModelUnavailable``, ``ModelRefused`` or ``ModelAnswerInvalid``.

    An empty answer, and one that was cut off, is asked for once more; then it is an error like the others, and never a text.
    """

    name: str

    def chat(self, prompt: Prompt) -> str:
        """The whole answer as text, stripped, never empty."""
        ...

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        """The answer in pieces. An error may come after some pieces: what came before is not a whole answer.

        With ``prompt.check`` the pieces are empty, signs of life, until the whole has passed; that is the last piece.
        Close it when you stop before its end: then the connection is given back and the call logged as "abandoned".
        """
        ...

    def structured(self, prompt: Prompt, schema: Mapping[str, Any]) -> dict[str, Any]:
        """An object that validates against ``schema`` (JSON Schema, an object at the top)."""
        ...

    def weighed(self, prompt: Prompt, schema: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, float]]:
        """The same, and by key how probable the model held the value it gave, 0 to 1; empty where the endpoint does not tell."""
        ...
