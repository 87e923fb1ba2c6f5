"""Label Studio's addresses, with ours in front."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.urls import include, path

from ls_expert_plugin.label_studio.api import annotations as api_annotations
from ls_expert_plugin.label_studio.api import assignments, members, memberships, outbox, projects
from ls_expert_plugin.label_studio.handoff_view import portal

_expert = [
    path("expert/", portal, name="portal"),
    path("api/ls-expert/status", memberships.status, name="status"),
    path("api/ls-expert/users", members.users, name="users"),
    path("api/ls-expert/users/<int:ls_user_id>", members.one_user, name="one-user"),
    path("api/ls-expert/users/<int:ls_user_id>/erased", members.erase_account, name="erase-account"),
    path("api/ls-expert/users/<int:ls_user_id>/task-progress", members.task_progress, name="task-progress"),
    path("api/ls-expert/erased", members.erased, name="erased"),
    path("api/ls-expert/roles", members.set_roles, name="roles"),
    path("api/ls-expert/audit", members.audit, name="audit"),
    path("api/ls-expert/control-answers", members.control_answers, name="control-answers"),
    path("api/ls-expert/memberships/checksums", memberships.membership_checksums, name="membership-checksums"),
    path("api/ls-expert/assignments/checksums", assignments.assignment_checksums, name="assignment-checksums"),
    path("api/ls-expert/assignments/gone", assignments.gone_assignments, name="gone-assignments"),
    path("api/ls-expert/assignments", assignments.assignments, name="assignments"),
    path("api/ls-expert/memberships", memberships.memberships, name="memberships"),
    path("api/ls-expert/projects", projects.projects, name="projects"),
    path("api/ls-expert/project-titles", projects.project_titles, name="project-titles"),
    path("api/ls-expert/task-counts", projects.task_counts, name="task-counts"),
    path("api/ls-expert/annotations", api_annotations.annotation_list, name="annotations"),
    path("api/ls-expert/projects/<int:ls_project_id>/prelabel-outcomes", projects.prelabel_outcomes, name="prelabel-outcomes"),
    path("api/ls-expert/projects/<int:ls_project_id>/tasks", assignments.tasks, name="project-tasks"),
    path("api/ls-expert/task-files", projects.task_files, name="task-files"),
    path("api/ls-expert/outbox", outbox.events, name="outbox"),
    path("api/ls-expert/outbox/forget", outbox.forget, name="outbox-forget"),
    path("api/ls-expert/outbox/epoch", outbox.epoch, name="outbox-epoch"),
]

urlpatterns = [path("", include((_expert, "ls_expert")))]

if not settings.COLLECT_ANALYTICS:
    # Label Studio fetches these tips from a public site at each page view (core/views.py, 1.23.2). Quiet means quiet.
    urlpatterns.append(path("heidi-tips/", lambda request: HttpResponse("{}", content_type="application/json"), name="heidi_tips"))

urlpatterns.append(path("", include("core.urls")))
