"""Application factory of Flask: the portal for candidates, the pages for managers, the JSON API, the webhook.

``create_app`` only puts things together. Each feature brings its own blueprint; ``error_map`` turns errors into answers.
"""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from flask import Flask, Response, g, jsonify, request, session
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import text

from ls_expert_plugin.config import Settings
from ls_expert_plugin.web import auth, errors, rate_limits, refused_forms, template_filters, trailing_slash
from ls_expert_plugin.web.admin.overview import consents_page, health_page, impact_page, overview_page
from ls_expert_plugin.web.admin.people import members
from ls_expert_plugin.web.admin.projects import (
    prelabel_runs,
    prelabels,
    project_connections,
    project_history,
    project_list,
    project_members,
    project_requirements,
    routing_file,
)
from ls_expert_plugin.web.admin.review import credential_checks, live_interview, private_notes, queue
from ls_expert_plugin.web.api import assignments, routing, webhooks
from ls_expert_plugin.web.api import interview as api_interview
from ls_expert_plugin.web.candidate import (
    application,
    consent,
    demographics,
    help_page,
    home,
    interview,
    knowledge_test,
    profile,
    profile_import,
    profile_suggestions,
    project_questions,
    result,
)
from ls_expert_plugin.web.services import EXTENSION, Services, services

# An answer of the longest allowed length, form-encoded, fits; so does nothing much larger.
MAX_BODY_BYTES = 2 * 1024 * 1024
# Fields of a form: the preview of an import shows up to 200 entries.
MAX_FIELDS = 2500


def create_app(services: Services) -> Flask:
    """Application factory: the WSGI application with all its blueprints. Touches neither the database nor the network."""
    app = Flask(__package__ or __name__)
    app.extensions[EXTENSION] = services
    app.config.update(
        SECRET_KEY=services.settings.secret_key,
        SESSION_COOKIE_NAME="ls_expert_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=services.settings.public_url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=dt.timedelta(hours=services.settings.session_hours),
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        MAX_FORM_PARTS=MAX_FIELDS,
        # The token lives as long as the session. The strict check wants a Referer, and our pages send none.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )

    @app.before_request  # before the token is looked for, which reads the form
    def allow_files() -> None:
        if request.endpoint == "importing.preview":
            request.max_content_length = profile_import.MAX_BODY_BYTES
        if request.endpoint == "routing_file.change":
            request.max_content_length = request.max_form_memory_size = routing_file.MAX_BODY_BYTES

    csrf = CSRFProtect(app)
    csrf.exempt(webhooks.blueprint)
    csrf.exempt(api_interview.blueprint)
    csrf.exempt(assignments.blueprint)
    csrf.exempt(routing.blueprint)  # a token needs none; for sessions web/api/auth.py asks for it
    for module in (
        auth, home, application, help_page, profile, profile_import, interview, knowledge_test, credential_checks, result, queue, private_notes,
        live_interview, members,
        project_list, project_requirements, project_members, webhooks, routing, assignments,
        api_interview, profile_suggestions, demographics, project_questions,
        prelabels, consent, project_connections, project_history, routing_file, prelabel_runs,
        overview_page, health_page, impact_page, consents_page,
    ):
        app.register_blueprint(module.blueprint)
    errors.register(app)
    refused_forms.register(app)
    trailing_slash.register(app)
    rate_limits.register(app, services.settings)
    template_filters.register(app)
    app.add_url_rule("/health", "health", health)
    headers = security_headers(services.settings)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.context_processor
    def for_every_page() -> dict[str, object]:
        # Only what this request has already loaded: an error page must not need the database.
        settings = services.settings
        return {
            "person": g.get("person"), "theme": session.get(auth.THEME), "label_studio_url": settings.label_studio_public_url,
            "open_without": settings.projects_without_requirement == "shown",
            "asks_voluntary": settings.fairness_questions, "contact": settings.contact,
        }

    return app


def health() -> Response:
    """``{"status": "ok"}`` while the database answers."""
    with services().store.read() as unit:
        unit.session.execute(text("SELECT 1"))
    return jsonify(status="ok")


def security_headers(settings: Settings) -> dict[str, str]:
    """Security headers that every answer carries. Scripts, styles and images come from this origin only; nobody may frame a page."""
    parts = urlsplit(settings.label_studio_public_url)
    # A form sent after the session has ended is redirected through Label Studio; browsers apply form-action to that too.
    label_studio = f"{parts.scheme}://{parts.netloc}"
    return {
        "Content-Security-Policy": (
            f"default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {label_studio}"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
    }
