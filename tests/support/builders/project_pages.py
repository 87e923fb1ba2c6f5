"""A portal with projects, and their forms as a manager sends them."""

from __future__ import annotations

import html
import re
from typing import Any

from werkzeug.test import TestResponse

from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.web.admin.projects.requirement_form import typed
from tests.support.builders.vetting_samples import pack
from tests.support.clients.portal import Browser, Portal

LAW = Requirement("law")
SPECIALTIES = [{"id": "contracts", "title": "Contracts"}, {"id": "tenancy", "title": "Tenancy"}]


def portal_with_projects(store: Database, **environ: str) -> Portal:
    packs = {"law": pack(specialties=SPECIALTIES), "tax": pack(id="tax", title="Tax")}
    portal = Portal(store, packs=packs, **{"LS_EXPERT_LABEL_STUDIO_TOKEN": "token", **environ})
    portal.member(20, "Cora Vale", domain="law", level=4, specialties=["contracts"])
    portal.member(21, "Dan Moss", domain="law", level=2)
    portal.asks(3, "Clauses", LAW)
    portal.project(4, "Feedback")
    return portal


def hidden(page: str) -> dict[str, list[str]]:
    """What the page's hidden fields would send."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page):
        if name != "csrf_token":
            found.setdefault(name, []).append(html.unescape(value))
    return found


def fields_of(portal: Portal, ls_project_id: int, **changed: Any) -> dict[str, Any]:
    """The form of a project as it stands, with some fields changed."""
    with portal.store.read() as unit:
        project = unit.projects.get(ls_project_id)
    assert project is not None
    fields: dict[str, Any] = {}
    for name, value in typed(TargetState(project.requirement, project.rules, project.invited)):
        fields.setdefault(name, []).append(value)
    return {**fields, **changed}


def preview(portal: Portal, manager: Browser, ls_project_id: int, **changed: Any) -> TestResponse:
    """Open a project, change something, and look at what that would do."""
    path = f"/admin/projects/{ls_project_id}"
    seen = hidden(manager.page(path))["seen"]
    return manager.send(path, **{**fields_of(portal, ls_project_id, **changed), "seen": seen, "step": "preview"})


def asked(portal: Portal, ls_project_id: int) -> Requirement | None:
    """What a project asks for now."""
    with portal.store.read() as unit:
        project = unit.projects.get(ls_project_id)
    assert project is not None
    return project.requirement


def inside(portal: Portal, ls_project_id: int) -> set[int]:
    """Who is in, as Label Studio was told."""
    return {who for (who, where), row in portal.extension.memberships.items() if where == ls_project_id and row["active"]}
