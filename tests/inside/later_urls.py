"""The extension's addresses, with some that a later Label Studio might add: they show any project to anybody."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from projects.models import Project

from ls_expert_plugin.label_studio.urls import urlpatterns as _known


def _by_manager(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(Project.objects.filter(pk=pk).first())


def _by_plain_rows(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(Project._base_manager.filter(pk=pk).first())


def _shown(project: Any) -> HttpResponse:
    return JsonResponse({"title": project.title}) if project else JsonResponse({"detail": "Not found."}, status=404)


urlpatterns = [
    path("api/later/<int:pk>/", _by_manager, name="later"),
    path("api/later/<int:pk>/plain/", _by_plain_rows, name="later-plain"),
    path("later/<int:pk>/", _by_plain_rows),
    *_known,
]
