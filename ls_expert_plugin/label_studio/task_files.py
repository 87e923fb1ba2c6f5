"""The files that tasks show: pictures, sound, documents. An expert gets a file when a task of theirs names it, and no other.

Being in the project is not enough: what was uploaded may be a table with every task in it, and a storage answers for any address of
its bucket. So the data of the tasks is looked at, in the database first, then word by word. Costs two or three queries more. Fails closed.
"""

from __future__ import annotations

import base64
import binascii
import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

from django.conf import settings
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Cast
from django.http import HttpRequest

from ls_expert_plugin.label_studio.access import found
from ls_expert_plugin.label_studio.sight import IsMember
from ls_expert_plugin.label_studio.specialties import condition

_MOST_LOOKED_AT = 20
# What may stand beside the name of a file in a text: the end of a word, not more of a name.
_BEFORE, _AFTER = r"(?<![\w.%-])", r"(?!\.?[\w%/-])"


def is_file(view_name: str) -> bool:
    """Whether this address answers with a file of a task."""
    return view_name in _SHOWN


def shows(request: HttpRequest, user: Any, view_name: str, view_kwargs: Mapping[str, Any]) -> bool:
    """Whether a task of this expert names the file that the call is about."""
    return _SHOWN[view_name](request, user, view_kwargs)


def _uploaded(request: HttpRequest, user: Any, view_kwargs: Mapping[str, Any]) -> bool:
    return _is_upload_of_theirs(request, user, posixpath.join(settings.UPLOAD_DIR, str(view_kwargs["filename"])))


def _uploaded_to_bucket(request: HttpRequest, user: Any, _: Mapping[str, Any]) -> bool:
    # Unquoted twice, as Label Studio does (data_import/api.py: DownloadStorageData, 1.23.2). Pictures of people are not experts' to see.
    return _is_upload_of_theirs(request, user, unquote(request.GET.get("filepath", "")))


def _is_upload_of_theirs(request: HttpRequest, user: Any, name: str) -> bool:
    from data_import.models import FileUpload

    upload = FileUpload._base_manager.filter(IsMember("project_id", user.pk), file=name).values_list("project_id", "pk").last()
    if upload is None:
        return False
    project_id, pk = upload
    # A picture is most often the upload that its task was made of; else another task of the project may name it.
    return any(_is_named(request, user, project_id, name, where) for where in (Q(file_upload_id=pk), ~Q(file_upload_id=pk) | Q(file_upload_id=None)))


def _in_storage(request: HttpRequest, user: Any, view_kwargs: Mapping[str, Any]) -> bool:
    from tasks.models import Task

    asked = request.GET.get("fileuri", "")
    try:
        address = base64.urlsafe_b64decode(asked.encode()).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        address = unquote(asked)
    # That the task is theirs has been checked: it is named in the address.
    task = Task._base_manager.filter(pk=view_kwargs["task_id"]).values_list("data", flat=True).first()
    return bool(address) and _names(task, address)


def _local(request: HttpRequest, user: Any, _: Mapping[str, Any]) -> bool:
    from io_storages.localfiles.models import LocalFilesImportStorage

    path = request.GET.get("d", "")
    if not path or posixpath.normpath(path).lstrip("/") != path:
        return False
    folder = posixpath.dirname(posixpath.join(str(settings.LOCAL_FILES_DOCUMENT_ROOT), path))
    over = LocalFilesImportStorage._base_manager.annotate(_folder=Value(folder, output_field=TextField())).filter(
        IsMember("project_id", user.pk), _folder__startswith=F("path")
    )
    return any(_is_named(request, user, project_id, path, Q()) for project_id in sorted(set(over.values_list("project_id", flat=True))))


_SHOWN: Mapping[str, Callable[[HttpRequest, Any, Mapping[str, Any]], bool]] = {
    "data_import:data-upload": _uploaded,
    "data_import:storage-data-upload": _uploaded_to_bucket,
    "storages:task-storage-data-resolve": _in_storage,
    "storages:task-storage-data-presign": _in_storage,
    "storages:localfiles_data": _local,
}


def _is_named(request: HttpRequest, user: Any, project_id: int, name: str, where: Q) -> bool:
    """Whether a task of theirs in the project names this file."""
    from tasks.models import Task

    access = found(request, user, project_id)
    if access is None:
        return False
    wanted = condition(access)
    holding = Q()
    for written in {name, quote(name)}:
        # As the two databases keep what is not ASCII.
        for escaped in {json.dumps(written)[1:-1], json.dumps(written, ensure_ascii=False)[1:-1]}:
            holding |= Q(_text__contains=escaped)
    tasks = Task._base_manager.filter(where, project_id=project_id)
    tasks = tasks if wanted is None else tasks.filter(wanted)
    tasks = tasks.annotate(_text=Cast("data", TextField())).filter(holding)
    return any(_names(data, name) for data in tasks.values_list("data", flat=True)[:_MOST_LOOKED_AT])


def _names(data: Any, name: str) -> bool:
    """Whether this name stands in one of the texts, whole."""
    pattern = re.compile(f"{_BEFORE}(?:{re.escape(name)}|{re.escape(quote(name))}){_AFTER}")
    return any(pattern.search(text) for text in _texts(data))


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)
