"""Asks every manager of every model what it has of two projects, for several people, each in a request of theirs.

    python managers.py {"people": {name: user id or null for nobody}, "own": project id, "foreign": project id}

A row belongs to a project when foreign keys lead from it to one, over whatever rows between. Prints {"Model.manager": {"classes": of the
manager, "plain": [own, foreign] rows that there are, "shown": by name of the person the same, as the manager shows them}}. Related
managers (``project.tasks``) too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from start import start

apps = start()
_HOPS = 3
# Not the data of a project: Django's own, and ours, which decide what is seen.
_NOT_ITS = frozenset({"ls_expert", "admin", "auth", "contenttypes", "sessions", "django_rq"})


def _ways(model: Any, hops: int = _HOPS) -> list[str]:
    """The paths of foreign keys from a row of this model to a project's id, the shortest first."""
    from projects.models import Project

    if model is Project:
        return ["pk"]
    if not hops:
        return []
    found = []
    for field in model._meta.concrete_fields:
        if field.is_relation and field.related_model is not model:
            found += [f"{field.name}__{way}" for way in _ways(field.related_model, hops - 1) if field.name not in ("organization", "active_organization")]
    return sorted(found, key=lambda way: way.count("__"))


def _counts(queryset: Any, way: str, own: int, foreign: int) -> list[int]:
    return [queryset.filter(**{way: project}).distinct().count() for project in (own, foreign)]


def _told(people: dict[str, int | None], own: int, foreign: int) -> dict[str, Any]:
    from core.current_request import CurrentContext
    from django.contrib.auth.models import AnonymousUser
    from django.test import RequestFactory
    from users.models import User

    managers = list(_managers(own, foreign))
    told: dict[str, Any] = {
        name: {
            "classes": [one.__name__ for one in type(manager).__mro__], "plain": _counts(manager.model._base_manager.all(), way, own, foreign),
            "shown": {},
        } for name, manager, way in managers
    }
    for person, user_id in people.items():
        request = RequestFactory().get("/api/later/")
        request.user = User.objects.get(pk=user_id) if user_id else AnonymousUser()
        CurrentContext.set_request(request)
        for name, manager, way in managers:
            told[name]["shown"][person] = _counts(manager.all(), way, own, foreign)
        CurrentContext.clear()
    return told


def _managers(own: int, foreign: int) -> Iterator[tuple[str, Any, str]]:
    """By name, and the way from its rows to their project."""
    from projects.models import Project

    for model in apps.get_models():
        ways = _ways(model) if model._meta.app_label not in _NOT_ITS and model._meta.managed else []
        yield from ((f"{model.__name__}.{manager.name}", manager, ways[0]) for manager in model._meta.managers if ways)
    for relation in Project._meta.related_objects:
        if relation.one_to_many and relation.related_model._meta.app_label not in _NOT_ITS:
            for whose, project in (("own", own), ("foreign", foreign)):
                manager = getattr(Project._base_manager.get(pk=project), relation.get_accessor_name())
                yield f"Project.{relation.get_accessor_name()} of the {whose}", manager, _ways(relation.related_model)[0]


if __name__ == "__main__":
    print(json.dumps(_told(**json.loads(sys.argv[1]))))
