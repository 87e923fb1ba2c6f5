"""The part of Label Studio's own tests that every change is tried with (``make parity-sample``), as paths in its package.

Chosen for what the extension puts its hands on: every address, signing in by session and token, organizations and invitations,
projects, tasks, the Data Manager, annotations and drafts, the next task, exports, webhooks, and the networks that its
settings module computes anew. Left out are tests of what it does not touch (imports, label configs, state machines, feature
flags) and long ones that take the same ways again.
"""

SAMPLE: tuple[str, ...] = (
    "tests/test_endpoints.py", "tests/test_api.py",
    # who is asking
    "tests/jwt_auth", "tests/sessions.tavern.yml", "tests/csrf.tavern.yml", "session_policy", "users/tests/test_authz_api.py",
    "tests/users.tavern.yml", "tests/test_organizations.py", "organizations", "tests/test_invites.py", "tests/sdk/test_users.py",
    # projects and tasks
    "projects", "tests/test_project.py", "tests/test_projects.tavern.yml", "tests/sdk/test_projects.py", "tests/tasks_api.tavern.yml",
    "tests/project_tasks_api_paging.tavern.yml", "tests/next_task.tavern.yml",
    # the Data Manager
    "data_manager/tests/test_managers.py", "data_manager/tests/test_api.py", "tests/views.tavern.yml",
    "tests/data_manager/api_tasks.tavern.yml", "tests/data_manager/columns.tavern.yml", "tests/data_manager/test_api_actions.py",
    "tests/data_manager/test_api_tasks.py", "tests/data_manager/test_columns_api.py", "tests/data_manager/test_views_api.py",
    # work, and what goes out
    "tests/test_annotations.py", "tests/drafts.tavern.yml", "tests/export.tavern.yml", "tests/webhooks",
    "io_storages/tests/test_s3_ssrf_validation.py",
)
