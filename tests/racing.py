"""How the property-based tests of races run: few examples, the same every time, and a line to repeat one that failed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

from ls_expert_plugin.errors import LabelStudioUnreachable
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.routing.values import Membership, ProjectRules
from tests.label_studio import SHARED_SECRET

Sent = Callable[[], int]


def few(examples: int) -> Any:
    """Settings for a property that is dear to try."""
    return settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, print_blob=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )


class Network(ExtensionClient):
    """The real client on a bad network. ``weather`` says what becomes of each request, the last word of it for all that follow:

    "fine"; "lost": it never arrives; "answer lost": it does, and nobody knows; "late": it arrives when ``deliver`` says so.
    """

    def __init__(self, label_studio_url: str) -> None:
        super().__init__(label_studio_url, SHARED_SECRET, timeout_s=30)
        self.weather = ["fine"]
        self._late: list[Sent] = []

    def push(self, memberships: Any) -> int:
        rows: list[Membership] = list(memberships)
        return self._through(lambda: super(Network, self).push(rows))

    def push_projects(self, rules: Any) -> int:
        rows: list[ProjectRules] = list(rules)
        return self._through(lambda: super(Network, self).push_projects(rows))

    def deliver(self, chance: random.Random, *, all_of_it: bool = False) -> None:
        """One of the late requests arrives, whichever; it may arrive again."""
        if all_of_it:
            chance.shuffle(self._late)
            for send in self._late:
                send()
        elif self._late:
            chance.choice(self._late)()

    def _through(self, send: Sent) -> int:
        weather = self.weather.pop(0) if len(self.weather) > 1 else self.weather[0]
        if weather == "late":
            self._late.append(send)
        if weather == "answer lost":
            send()
        if weather != "fine":
            raise LabelStudioUnreachable(f"The request is {weather}.")
        return send()
