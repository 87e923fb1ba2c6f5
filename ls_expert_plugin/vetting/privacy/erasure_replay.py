"""Replaying erasures after a restore: whoever was erased is erased again on the side whose database is older.

Both sides keep a list. Label Studio's holds keyed hashes of accounts (``label_studio/api/account_erasure.py``), and tells which of its
accounts are on it; ours is the record of erasures, with the same hashes. Whoever is missing here is asked for anew; whoever has come back
there is erased there at once, and here once more, because Label Studio may have told of them in between.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.vetting.privacy import erasure

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.values import ErasedAccount
    from ls_expert_plugin.storage.unit_of_work import Database

logger = logging.getLogger(__name__)


class ErasedAccounts(Protocol):
    """What knows which accounts Label Studio has erased."""

    def erased_accounts(self) -> Sequence[ErasedAccount]:
        """Accounts that have been erased. Raises ``LabelStudioError``."""

    def erase_again(self, accounts: Collection[ErasedAccount]) -> list[int]:
        """Erase these where they have come back; which they were. Raises ``LabelStudioError``."""


def replay(store: Database, accounts: ErasedAccounts, clock: Callable[[], dt.datetime]) -> int:
    """Compare the lists, and erase again; how many people. What is asked for here the sweep carries out. Twice changes nothing.

    Raises ``LabelStudioError``: the next time does it.
    """
    theirs = accounts.erased_accounts()
    with store.read() as unit:
        ours = unit.erasures.erased_accounts()
        missing = unit.erasures.not_on_record(theirs, (erasure.ASKED, erasure.COMMAND, erasure.RESTORED)) if theirs else ()
    there = {(one.ls_user_id, one.mark) for one in theirs}
    lost_there = [one for one in ours if (one.ls_user_id, one.mark) not in there]
    again = set(accounts.erase_again(lost_there)) if lost_there else set()
    if again:
        # Label Studio compares the mark, which says who it was: not whoever has the number here by now.
        came_back = [one for one in accounts.erased_accounts() if one.ls_user_id in again]
        with store.read() as unit:
            missing += unit.erasures.not_on_record(came_back, ())
    for person in missing:
        try:
            asked = store.run(partial(erasure.ask, person=person, reason=erasure.RESTORED, now=clock()))
        except BadInput as problem:
            logger.warning("person %d was erased before a restore, and is not again: %s", person.id, problem.message)
            continue
        logger.warning("erasure %d: person %d was erased before a restore, and is again", asked.id, person.id)
    return len(missing)
