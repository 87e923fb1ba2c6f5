"""Views of the routing file, requirements as YAML: download that of all or the selected projects, upload or paste one, look at it, apply it.

    GET  /admin/projects/routing-file            the form
    POST /admin/projects/routing-file            preview; save; step=back: the form again, with the text
    GET, POST /admin/projects/routing-file/download   all; of the selected projects
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, render_template, request, url_for

from ls_expert_plugin.errors import BadFields
from ls_expert_plugin.routing.requirements import routing_file
from ls_expert_plugin.routing.requirements.resolution import known
from ls_expert_plugin.web.admin.projects.change_preview import Page, preview_or_save
from ls_expert_plugin.web.admin.projects.project_query import selected
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.services import services

blueprint = Blueprint("routing_file", __name__, url_prefix="/admin/projects/routing-file")

# As a form encodes it, at most three characters for one.
MAX_BODY_BYTES = 3 * routing_file.MAX_BYTES + 100_000


@blueprint.get("")
def page() -> str:
    """The form that takes such a file."""
    signed_in_manager()
    return _form("", (), "")


@blueprint.post("")
def change() -> Page:
    """What the file would change, or the change; its mistakes, each with its line."""
    signed_in_manager()
    parts, raw = services(), _uploaded()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        return _form("", (f"line {line}: is not UTF-8 text here; save it as UTF-8",), ""), 400
    if request.form.get("step") == "back":
        return _form(text, (), "")
    if not text.strip():
        return _form("", ("Choose a file, or paste its text.",), ""), 400
    if len(raw) > routing_file.MAX_BYTES:
        return _form("", (f"The file has more than {routing_file.MAX_BYTES:,} bytes; send it in parts.",), ""), 400
    with parts.store.read() as unit:
        world = known(unit.projects.all(), unit.people.all(), parts.clock())

    def draw(wrong: Mapping[str, str], warning: str) -> str:
        return _form(text, tuple(wrong.values()), warning)

    try:
        wanted = routing_file.parse(text, world, parts.packs)
    except BadFields as problem:
        return _form(text, problem.message.splitlines()[1:], ""), 400
    return preview_or_save(url_for("routing_file.change"), wanted, draw, [("text", text)])


@blueprint.route("/download", methods=["GET", "POST"])
def download() -> Response:
    """What all projects ask for, or the selected ones, as a file that changes nothing when it is applied."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        projects = sorted(unit.projects.all(), key=lambda one: one.ls_project_id)
        emails = {person.ls_user_id: person.email for person in unit.people.all()}
    chosen = selected(request.form, [one.ls_project_id for one in projects]) if request.method == "POST" else frozenset()
    text = routing_file.write([one for one in projects if not chosen or one.ls_project_id in chosen], emails)
    response = Response(text, mimetype="application/yaml")
    response.headers.set("Content-Disposition", "attachment", filename="routing.yaml")
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _uploaded() -> bytes:
    """The file, or the text that was pasted."""
    sent = request.files.get("file")
    raw = sent.read(routing_file.MAX_BYTES + 1) if sent is not None else b""
    return raw or request.form.get("text", "").replace("\r\n", "\n").encode()


def _form(text: str, mistakes: Sequence[str], warning: str) -> str:
    return render_template("admin/projects/routing_file.html", text=text, mistakes=mistakes, warning=warning)
