"""The extension's API about projects: what the service decided about the inside of each. See ``memberships.py`` for the list of all calls."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import BaseModel, ConfigDict, Field

from ls_expert_plugin.agreement.blind import blind_arm
from ls_expert_plugin.label_studio.api import prelabel_outcomes as outcomes
from ls_expert_plugin.label_studio.api.auth import MAX_ROWS, LsId, Revision, for_service, iso, page
from ls_expert_plugin.label_studio.models import ProjectRule
from ls_expert_plugin.label_studio.sync import apply_project_rules, file_index

# A path into the task's data or meta. The same in every database: no wildcards, no quotes, no numbers of list items.
_FIELD = r"^(data|meta)(\.[\w-]+){1,5}$"


class _PushedRule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ls_project_id: LsId
    shows_others_work: bool
    specialty_field: str | None = Field(max_length=400, pattern=_FIELD)
    shows_tasks_without_specialty: bool
    # A service of before does not say.
    assignment: str = Field(default=ProjectRule.OPEN, pattern=r"^[a-z]{1,16}$")
    revision: Revision


class _Limit(BaseModel):
    model_config = ConfigDict(extra="forbid")
    limit: int = Field(ge=1, le=10_000)


class _Projects(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ls_project_ids: list[LsId] = Field(max_length=MAX_ROWS)


class _Push(BaseModel):
    model_config = ConfigDict(extra="forbid")
    projects: list[_PushedRule] = Field(max_length=MAX_ROWS)


@for_service("GET")
def prelabel_outcomes(request: HttpRequest, ls_project_id: int) -> HttpResponse:
    """How annotations of a project compare with the pre-labels of their tasks, some at a time, by id."""
    after, limit = page(request)
    found, last = outcomes.outcomes(ls_project_id, after, limit, blind_arm(settings.LS_EXPERT))
    return JsonResponse({"outcomes": found, "after": last})


@for_service("POST")
def task_files(request: HttpRequest) -> HttpResponse:
    """Take tasks that came or changed into the index of files that tasks name; how many. 0: all are in it."""
    return JsonResponse({"indexed": file_index.catch_up(_Limit.model_validate_json(request.body).limit)})


@for_service("GET")
def project_titles(request: HttpRequest) -> HttpResponse:
    """Every project that is there, with its title and when it was made, by id."""
    from projects.models import Project

    after, limit = page(request)
    rows = Project.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "title", "created_at")[:limit]
    return JsonResponse({"projects": [{"ls_project_id": pk, "title": title, "made_at_utc": iso(made_at)} for pk, title, made_at in rows]})


@for_service("POST")
def task_counts(request: HttpRequest) -> HttpResponse:
    """Tasks of these projects: how many there are, and how many still need annotations. By Label Studio's index of project and ``is_labeled``."""
    from django.db.models import Count, Q
    from tasks.models import Task

    wanted = _Projects.model_validate_json(request.body).ls_project_ids
    tasks = Task._base_manager.filter(project_id__in=wanted).order_by().values_list("project_id")
    rows = tasks.annotate(_all=Count("pk"), _left=Count("pk", filter=Q(is_labeled=False)))
    return JsonResponse({"counts": [{"ls_project_id": number, "tasks": count, "left": left} for number, count, left in rows]})


@for_service("GET", "PUT")
def projects(request: HttpRequest) -> HttpResponse:
    """The rules: read them by id, or apply newer revisions."""
    if request.method == "PUT":
        push = _Push.model_validate_json(request.body)
        done = apply_project_rules.apply(
            apply_project_rules.PushedRule(
                p.ls_project_id, p.shows_others_work, p.specialty_field, p.shows_tasks_without_specialty, p.revision, p.assignment
            ) for p in push.projects
        )
        return JsonResponse({"applied": done.applied, "ignored": done.equal + done.newer, "newer": done.newer})
    after, limit = page(request)
    rows = ProjectRule.objects.filter(pk__gt=after).order_by("pk")[:limit]
    return JsonResponse({"projects": [{
        "id": row.pk, "ls_project_id": row.project_id, "shows_others_work": row.shows_others_work,
        "specialty_field": row.specialty_field, "shows_tasks_without_specialty": row.shows_tasks_without_specialty,
        "assignment": row.assignment, "revision": row.revision,
    } for row in rows]})
