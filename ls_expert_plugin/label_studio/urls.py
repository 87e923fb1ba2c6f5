"""Label Studio's addresses, with ours in front."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.urls import include, path

from ls_expert_plugin.label_studio import api, api_annotations, api_outbox, api_people, api_projects
from ls_expert_plugin.label_studio.portal_link import portal

_expert = [
    path("expert/", portal, name="portal"),
    path("api/ls-expert/status", api.status, name="status"),
    path("api/ls-expert/users", api_people.users, name="users"),
    path("api/ls-expert/users/<int:ls_user_id>", api_people.one_user, name="one-user"),
    path("api/ls-expert/users/<int:ls_user_id>/erased", api_people.erase_account, name="erase-account"),
    path("api/ls-expert/erased", api_people.erased, name="erased"),
    path("api/ls-expert/roles", api_people.set_roles, name="roles"),
    path("api/ls-expert/audit", api_people.audit, name="audit"),
    path("api/ls-expert/control-answers", api_people.control_answers, name="control-answers"),
    path("api/ls-expert/memberships/checksums", api.membership_checksums, name="membership-checksums"),
    path("api/ls-expert/memberships", api.memberships, name="memberships"),
    path("api/ls-expert/projects", api_projects.projects, name="projects"),
    path("api/ls-expert/project-titles", api_projects.project_titles, name="project-titles"),
    path("api/ls-expert/annotations", api_annotations.annotation_list, name="annotations"),
    path("api/ls-expert/projects/<int:ls_project_id>/prelabel-outcomes", api_projects.prelabel_outcomes, name="prelabel-outcomes"),
    path("api/ls-expert/task-files", api_projects.task_files, name="task-files"),
    path("api/ls-expert/outbox", api_outbox.events, name="outbox"),
    path("api/ls-expert/outbox/forget", api_outbox.forget, name="outbox-forget"),
    path("api/ls-expert/outbox/epoch", api_outbox.epoch, name="outbox-epoch"),
]

urlpatterns = [path("", include((_expert, "ls_expert")))]

if not settings.COLLECT_ANALYTICS:
    # Label Studio fetches these tips from a public site at each page view (core/views.py, 1.23.2). Quiet means quiet.
    urlpatterns.append(path("heidi-tips/", lambda request: HttpResponse("{}", content_type="application/json"), name="heidi_tips"))

urlpatterns.append(path("", include("core.urls")))
