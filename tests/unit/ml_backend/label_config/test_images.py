"""Pictures for a language model: which addresses are followed, what is made of a file, and what the model is sent."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.llm.port import Picture
from ls_expert_plugin.ml_backend.label_config.controls import Control
from ls_expert_plugin.ml_backend.label_config.images import MAX_SIDE, FetchedPictures, inline, own_path, prepared
from ls_expert_plugin.ml_backend.label_config.parser import read
from ls_expert_plugin.ml_backend.label_config.prediction_format import ControlAnswer, prediction
from ls_expert_plugin.ml_backend.label_config.task_content import Box
from ls_expert_plugin.ml_backend.llm import prompt
from ls_expert_plugin.ml_backend.llm.self_consistency import agreed, overlap

URLS = ("http://ls.internal:8080", "https://ls.example.org/label")
CONFIG = ('<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="Yes"/></Choices><Image name="i" value="$scan"/>'
          '<RectangleLabels name="b" toName="i"><Label value="A"/><Label value="B"/></RectangleLabels></View>')


def _file(size: tuple[int, int] = (40, 20), form: str = "PNG", mode: str = "RGB", colour: object = "red", **more: object) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, colour).save(made, form, **more)  # type: ignore[arg-type]
    return made.getvalue()


@pytest.mark.parametrize(("address", "path"), [
    ("/data/upload/3/a.png", "/data/upload/3/a.png"), ("http://ls.internal:8080/data/a.png?x=1", "/data/a.png?x=1"),
    ("https://ls.example.org/label/data/a.png", "/data/a.png"), ("http://ls.internal:80/data/a.png", None), ("//evil.example/a.png", None),
    ("http://ls.internal:8080@evil.example/a.png", None), ("http://169.254.169.254/latest", None), ("s3://bucket/a.png", None), ("a.png", None),
    ("file:///etc/passwd", None), ("https://ls.example.org/other/a.png", None), ("", None),
])
def test_only_addresses_of_label_studio_are_followed(address: str, path: str | None) -> None:
    """Whatever a task says: no other host is asked."""
    assert own_path(address, URLS) == path


def test_a_picture_is_shown_as_the_browser_shows_it() -> None:
    """Turned by what the camera wrote; transparent parts white; large ones smaller, with the size Label Studio draws them in."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "secret camera"
    turned = prepared(_file((40, 20), "JPEG", exif=exif))
    assert turned.size == (20, 40) and b"secret" not in turned.picture.content
    clear = Image.open(io.BytesIO(prepared(_file(mode="RGBA", colour=(0, 0, 0, 0))).picture.content))
    assert clear.format == "JPEG" and min(clear.convert("L").tobytes()) > 250
    large = prepared(_file((5000, 100)))
    assert large.size == (5000, 100) and Image.open(io.BytesIO(large.picture.content)).size[0] == MAX_SIDE


@pytest.mark.parametrize("raw", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"x" * 50, _file()[:60], _file((9000, 9000), mode="1", colour=1)],
                         ids=["nothing", "svg", "broken", "cut", "too many pixels"])
def test_what_is_no_picture_is_said_so(raw: bytes) -> None:
    """And nothing else goes wrong."""
    with pytest.raises(ValueError, match="picture|pixels"):
        prepared(raw)


def test_pictures_are_fetched_once_and_failures_give_none(caplog: pytest.LogCaptureFixture) -> None:
    """The log says why, without the address: it may hold a name."""
    asked_for = []

    def fetch(path: str, most_bytes: int) -> bytes:
        asked_for.append(path)
        if "gone" in path:
            raise LabelStudioError("Label Studio answered 404 for a file of a task.")
        return _file()

    pictures = FetchedPictures(fetch, URLS)
    first = pictures.of("/data/upload/1/a.png")
    assert first and first.size == (40, 20) and pictures.of("/data/upload/1/a.png") == first and asked_for == ["/data/upload/1/a.png"]
    assert pictures.of("/data/gone.png") is None and pictures.of("https://evil.example/Jane-Doe.png") is None
    assert pictures.of("data:image/png;base64,%%%") is None and pictures.of("data:text/html,x") is None
    assert asked_for == ["/data/upload/1/a.png", "/data/gone.png"] and "404" in caplog.text and "Jane-Doe" not in caplog.text
    assert inline(f"data:image/png;base64,{base64.b64encode(_file()).decode()}") == _file()


def test_a_picture_that_cannot_be_shown_takes_its_questions_along() -> None:
    """The questions about texts are asked all the same; without eyes the config has none about pictures."""
    data = {"text": "x", "scan": "/data/a.png"}
    config = read(CONFIG)
    whole = prompt.answerable(config, data)
    assert whole.picture_keys == ("scan",) and list(prompt.without(whole, {"scan"}).whole) == ["q0"] and not prompt.without(whole, {"scan", "text"})
    assert [one.name for one in config.without_pictures().controls] == ["c"] and "“b”" in config.without_pictures().refused[0]
    shown = prompt.prompt(whole, data, pictures=[Picture("image/png", b"x")]).messages
    assert '{"t": "x", "i": {"picture": 1}}' in shown[-1].content and shown[-1].pictures and "rectanglelabels" in shown[0].content
    assert "rectanglelabels" not in prompt.prompt(prompt.without(whole, {"scan"}), data).messages[0].content


def _boxes(*boxes: Box) -> tuple[ControlAnswer, ...]:
    control: Control = next(one for one in read(CONFIG).controls if one.name == "b")
    return (ControlAnswer(control, ("/data/a.png",), boxes=boxes, size=(40, 20)),)


def test_samples_agree_on_boxes_that_nearly_coincide() -> None:
    """With the share of samples as the score; a box that only one of three has is left out, and one with another label is another."""
    one, near, far = Box(10, 10, 20, 20, "A"), Box(11, 10, 20, 20, "A"), Box(70, 70, 10, 10, "A")
    assert overlap(one, one) == 1 and 0.85 < overlap(one, near) < 1 and overlap(one, far) == 0
    (found,) = agreed([_boxes(one, far), _boxes(near), _boxes(Box(12, 10, 20, 20, "A"))])
    assert found.boxes == (one,) and found.probability == 1.0
    assert agreed([_boxes(one), _boxes(Box(10, 10, 20, 20, "B")), ()]) == ()


@pytest.mark.parametrize("box", [Box(90, 0, 20, 10, "A"), Box(-1, 0, 20, 10, "A"), Box(0, 0, 0, 10, "A"), Box(0, 0, float("nan"), 10, "A"),
                                 Box(0, 0, 9, 9, "C")])
def test_a_box_that_cannot_be_never_leaves(box: Box) -> None:
    """Outside the picture, without an area, with an unknown label."""
    with pytest.raises(ValueError, match="b:"):
        prediction(_boxes(box), "v")
