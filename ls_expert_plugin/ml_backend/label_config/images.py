"""Pictures as a language model is shown them, and which addresses are followed for them."""

from __future__ import annotations

import base64
import binascii
import io
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from PIL import Image, ImageOps

from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.llm.port import Picture

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.ls_client.sdk import SdkClient

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 60_000_000
# Models look at no more: what is larger is made smaller, which also saves tokens.
MAX_SIDE = 2048
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_QUALITY = 88
KEPT = 32

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedImage:
    """A picture, and its size in pixels as Label Studio draws it, width and height."""

    picture: Picture
    size: tuple[int, int]


class Pictures(Protocol):
    """Where the pictures of tasks come from."""

    def of(self, address: str) -> LoadedImage | None:
        """The picture a task names. None: it cannot be had, or is none; the log says why."""
        ...


class FetchedPictures:
    """``Pictures`` of a Label Studio. Safe to share between threads.

    ``fetch(path, most_bytes)`` gets a file from it, or raises ``LabelStudioError``. ``urls``: where it is reached, from here and by people.
    """

    def __init__(self, fetch: Callable[[str, int], bytes], urls: tuple[str, ...]) -> None:
        self._fetch, self._urls = fetch, urls
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, LoadedImage] = OrderedDict()

    def of(self, address: str) -> LoadedImage | None:
        """See ``Pictures``. The last few are kept: tasks of one document name the same one."""
        with self._lock:
            if address in self._kept:
                self._kept.move_to_end(address)
                return self._kept[address]
        try:
            seen = prepared(self._raw(address))
        except (LabelStudioError, ValueError) as problem:
            log.warning("a picture cannot be shown to the model: %s", problem)
            return None
        with self._lock:
            self._kept[address] = seen
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return seen

    def _raw(self, address: str) -> bytes:
        if address.startswith("data:"):
            return inline(address)
        path = own_path(address, self._urls)
        if path is None:
            raise ValueError("only those that Label Studio serves itself, or that stand in the task, are followed")
        return self._fetch(path, MAX_BYTES)


def own_path(address: str, label_studio_urls: tuple[str, ...]) -> str | None:
    """The path in Label Studio that an address means; None for any other place, which is not followed: a task must not make us ask strangers."""
    parts = urlsplit(address)
    if not parts.scheme and not parts.netloc and address.startswith("/"):
        return address
    for url in label_studio_urls:
        own = urlsplit(url)
        if (parts.scheme, parts.netloc) == (own.scheme, own.netloc) and parts.path.startswith(own.path):
            path = parts.path.removeprefix(own.path.rstrip("/")) or "/"
            return f"{path}?{parts.query}" if parts.query else path
    return None


def inline(address: str) -> bytes:
    """The bytes of a picture that stands in the task itself, as ``data:image/png;base64,…``. Raises ``ValueError``."""
    head, comma, body = address.partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64") or len(body) > 2 * MAX_BYTES:
        raise ValueError("it is written in the task, but not as data:image/…;base64")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise ValueError("it is written in the task, but not in base64") from None


def prepared(raw: bytes) -> LoadedImage:
    """Turned as the browser turns it, made smaller where it is large, without what cameras write into pictures. Raises ``ValueError``: no picture."""
    try:
        with Image.open(io.BytesIO(raw), formats=_FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValueError(f"{opened.width} × {opened.height} pixels are too many")
            turned = ImageOps.exif_transpose(opened)
            size = turned.size
            shown = turned.convert("RGBA")
    except (OSError, SyntaxError, Image.DecompressionBombError) as problem:
        raise ValueError(f"no picture that can be read ({type(problem).__name__})") from None
    flat = Image.new("RGB", size, "white")
    flat.paste(shown, mask=shown.getchannel("A"))
    flat.thumbnail((MAX_SIDE, MAX_SIDE))
    made = io.BytesIO()
    flat.save(made, "JPEG", quality=_QUALITY)
    return LoadedImage(Picture("image/jpeg", made.getvalue()), size)


def pictures(settings: Settings, studio: SdkClient | None) -> Pictures | None:
    """Pictures of tasks, where the model takes them and there is a token to fetch them with."""
    if not settings.prelabel_pictures or studio is None:
        return None
    return FetchedPictures(studio.file, (settings.label_studio_url, settings.label_studio_public_url))
