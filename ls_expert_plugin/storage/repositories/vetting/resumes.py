"""Repository of résumés: one for each person, the file and its text sealed where a key is set."""

from __future__ import annotations

import base64

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.repositories.people.people import lock_person
from ls_expert_plugin.storage.tables import ResumeRow
from ls_expert_plugin.vetting.profile.values import Resume


class Resumes:
    """What people sent, until they take it back or are erased."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, person_id: int) -> Resume | None:
        """A person's résumé with the file itself."""
        row = self._session.scalars(select(ResumeRow).where(ResumeRow.person_id == person_id).execution_options(populate_existing=True)).one_or_none()
        if row is None:
            return None
        return Resume(row.name, row.kind, base64.b64decode(row.content), row.text, row.read_by_model, row.at_utc)

    def set(self, person_id: int, resume: Resume) -> None:
        """Keep this one in place of the last."""
        lock_person(self._session, person_id)
        self.remove(person_id)
        self._session.add(ResumeRow(
            person_id=person_id, name=resume.name, kind=resume.kind, content=base64.b64encode(resume.content).decode(), text=resume.text,
            read_by_model=resume.read_by_model, at_utc=resume.at_utc,
        ))
        self._session.flush()

    def remove(self, person_id: int) -> bool:
        """Remove a person's résumé; whether there was one."""
        gone = self._session.scalars(select(ResumeRow.id).where(ResumeRow.person_id == person_id)).first() is not None
        self._session.execute(delete(ResumeRow).where(ResumeRow.person_id == person_id))
        self._session.flush()
        return gone
