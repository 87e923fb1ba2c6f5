"""Files are found again by their names, however a task writes them."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ls_expert_plugin.label_studio.sync.file_names import keys_in, keys_of

WRITTEN = (
    "/data/{upload}", "https://studio.example/data/{upload}", "see /data/{upload}, and tell", "<img src=\"/data/{upload}\"> a page",
    "/storage-data/uploaded/?filepath={upload}", "<img src='/data/{upload}'>", "![x](/data/{upload})",
)
NAMES = st.text(st.sampled_from("ab1/._-% äß'()&=+,;日"), min_size=1, max_size=20).map(lambda text: f"upload/3/{text.strip()}.png")


@pytest.mark.parametrize("written", WRITTEN)
@given(name=NAMES)
@example(name="upload/3/heart one.png")
@example(name="upload/3/50%25.png")
@example(name="upload/3/o'neil (1).png")
def test_a_name_is_found_plain_and_encoded(written: str, name: str) -> None:
    """At any depth of the data, in a text or a page; blanks and other alphabets in it, too."""
    keys = keys_of(name)
    for form in (name, quote(name)):
        data = {"pages": [{"text": written.format(upload=form)}]}
        assert keys is None or keys & keys_in(data), form


def test_a_local_file_is_found_by_its_address() -> None:
    """Also where it is not the first thing asked for."""
    for address in ("/data/local-files/?d=a%20b/c%20d.png", "/data/local-files/?d=a b/c d.png", "/data/local-files/?x=1&d=a%20b/c%20d.png"):
        assert keys_of("a b/c d.png") == keys_in({"image": address}) & (keys_of("a b/c d.png") or set()) != frozenset()


def test_only_addresses_are_kept() -> None:
    """Running text costs nothing; a text without end does not either."""
    assert keys_in({"text": "a.b c/d see www.example.com/x.png", "n": 7, "none": None}) == frozenset()
    assert len(keys_in({"text": "/data/upload/3/x.png " + "word " * 10_000})) == 1
    assert len(keys_in({"text": "/data/upload/3/x.png " + "w.w " * 10_000})) < 300


def test_what_the_index_cannot_tell_is_said() -> None:
    """A name that has the end of an address in it, or is too long: then the tasks are searched."""
    for name in ("upload/3/a\"b.png", "a<b.png", "x" * 600, "upload/3/my heart", ""):
        assert keys_of(name) is None
