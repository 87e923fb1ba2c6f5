"""The files that tasks show: pictures, sound, documents. An expert gets a file when a task of theirs names it, and no other.

Being in the project is not enough: what was uploaded may be a table with every task in it, and a storage answers for any address of
its bucket. So the data of the tasks is looked at, word by word: of those that an index says may name the file (``file_index.py``), and of those that are not in
it yet. Costs three queries more. Fails closed.
"""

from __future__ import annotations

import base64
import binascii
import json
import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from django.conf import settings
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Cast
from django.http import HttpRequest

from ls_expert_plugin.label_studio.enforcement.request.request_context import RequestContext
from ls_expert_plugin.label_studio.enforcement.scoping.task_routing import task_filter
from ls_expert_plugin.label_studio.models import TaskFile
from ls_expert_plugin.label_studio.permissions.membership_sql import IsProjectMember
from ls_expert_plugin.label_studio.permissions.project_access import found
from ls_expert_plugin.label_studio.sync import file_index, file_names

_MOST_LOOKED_AT = 200
# So many tasks may be named in a query; with more, they are the query's own to find.
_MOST_NAMED = 1000
# What may stand beside the name of a file in a text: the end of a word, not more of a name.
_BEFORE, _AFTER = r"(?<![\w.%-])", r"(?!\.?[\w%/-])"


def is_file(view_name: str | None) -> bool:
    """Whether this address answers with a file of a task."""
    return view_name in _SHOWN


def may_read_file(request: HttpRequest, context: RequestContext) -> bool:
    """Whether a task of this expert names the file that the call is about."""
    return _SHOWN[context.call.name or ""](request, context)


def _uploaded(request: HttpRequest, context: RequestContext) -> bool:
    return _is_upload_of_theirs(request, context.viewer, posixpath.join(settings.UPLOAD_DIR, str(context.call.kwargs["filename"])))


def _uploaded_to_bucket(request: HttpRequest, context: RequestContext) -> bool:
    # Unquoted twice, as Label Studio does (data_import/api.py: DownloadStorageData, 1.23.2). Pictures of people are not experts' to see.
    return _is_upload_of_theirs(request, context.viewer, unquote(context.call.last("filepath")))


def _is_upload_of_theirs(request: HttpRequest, user: Any, name: str) -> bool:
    from data_import.models import FileUpload

    project_id = FileUpload._base_manager.filter(IsProjectMember("project_id", user.pk), file=name).values_list("project_id", flat=True).last()
    return project_id is not None and _is_named(request, user, project_id, name)


def _in_storage(_: HttpRequest, context: RequestContext) -> bool:
    from tasks.models import Task

    asked = context.call.last("fileuri")
    try:
        address = base64.urlsafe_b64decode(asked.encode()).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        address = unquote(asked)
    # That the task is theirs has been checked: it is named in the address.
    task = Task._base_manager.filter(pk=context.call.kwargs["task_id"]).values_list("data", flat=True).first()
    return bool(address) and _names(task, address)


def _local(request: HttpRequest, context: RequestContext) -> bool:
    from io_storages.localfiles.models import LocalFilesImportStorage

    path, user = context.call.last("d"), context.viewer
    if not path or posixpath.normpath(path).lstrip("/") != path:
        return False
    folder = posixpath.dirname(posixpath.join(str(settings.LOCAL_FILES_DOCUMENT_ROOT), path))
    over = LocalFilesImportStorage._base_manager.annotate(_folder=Value(folder, output_field=TextField())).filter(
        IsProjectMember("project_id", user.pk), _folder__startswith=F("path")
    )
    return any(_is_named(request, user, project_id, path) for project_id in sorted(set(over.values_list("project_id", flat=True))))


_SHOWN: Mapping[str, Callable[[HttpRequest, RequestContext], bool]] = {
    "data_import:data-upload": _uploaded,
    "data_import:storage-data-upload": _uploaded_to_bucket,
    "storages:task-storage-data-resolve": _in_storage,
    "storages:task-storage-data-presign": _in_storage,
    "storages:localfiles_data": _local,
}


def _is_named(request: HttpRequest, user: Any, project_id: int, name: str) -> bool:
    """Whether a task of theirs in the project names this file."""
    from tasks.models import Task

    access = found(request, user, project_id)
    if access is None:
        return False
    wanted, keys = task_filter(access, project_id), file_names.keys_of(name)
    tasks = Task._base_manager.filter(project_id=project_id)
    tasks = tasks if wanted is None else tasks.filter(wanted)
    if keys is None:
        return _search(tasks, name)
    named = TaskFile.objects.filter(project_id=project_id, name__in=keys)
    task_ids = list(named.values_list("task_id", flat=True)[: _MOST_NAMED + 1])
    if task_ids:
        of_these = tasks.filter(pk__in=task_ids if len(task_ids) <= _MOST_NAMED else named.values("task_id"))
        if any(_names(data, name) for data in of_these.values_list("data", flat=True)[:_MOST_LOOKED_AT]):
            return True
    due = file_index.due_in(project_id)
    if due is not None and _search(tasks.filter(due), name):
        return True
    return _makes_addresses(project_id) and _search(tasks, name)


def _search(tasks: Any, name: str) -> bool:
    """Whether one of these tasks names the file: all of them are read by the database."""
    holding = Q()
    for written in {name, quote(name)}:
        # As the two databases keep what is not ASCII.
        for escaped in {json.dumps(written)[1:-1], json.dumps(written, ensure_ascii=False)[1:-1]}:
            holding |= Q(_text__contains=escaped)
    holds = tasks.annotate(_text=Cast("data", TextField())).filter(holding)
    return any(_names(data, name) for data in holds.values_list("data", flat=True)[:_MOST_LOOKED_AT])


def _makes_addresses(project_id: int) -> bool:
    """Whether the label config puts addresses of files together from parts in the tasks, such as ``/data/local-files/?d=$path``."""
    from projects.models import Project

    parts = Q(label_config__contains=file_names.LOCAL) | Q(label_config__contains=file_names.UPLOADED)
    return bool(Project._base_manager.filter(parts, pk=project_id).exists())


def _names(data: Any, name: str) -> bool:
    """Whether this name stands in one of the texts, whole."""
    pattern = re.compile(f"{_BEFORE}(?:{re.escape(name)}|{re.escape(quote(name))}){_AFTER}")
    return any(pattern.search(text) for text in file_names.texts(data))
