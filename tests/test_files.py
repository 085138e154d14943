"""Copies of files, under the sum of their content."""

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from hub import files
from hub.clock import now

KEY = "0" * 64


@pytest.fixture(autouse=True)
def empty_store(app: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "instance_path", str(tmp_path))


def left() -> list[str]:
    return sorted(file.name for file in files.folder().rglob("*") if file.is_file())


def test_a_stream_is_kept_whole_under_its_sum():
    content = b"x" * (files.PIECE * 2 + 1)
    key, size = files.store(io.BytesIO(content))
    assert (files.path(key).read_bytes(), size) == (content, len(content))
    assert list(files.keys()) == left() == [key]


def test_the_same_content_is_kept_once():
    assert files.store(io.BytesIO(b"a")) == files.store(io.BytesIO(b"a"))
    assert len(left()) == 1


def test_nothing_stays_of_a_copy_that_breaks_off():
    class Breaks(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError("no space left on device")
            return super().read(4)

    with pytest.raises(OSError, match="no space"):
        files.store(Breaks(b"12345678"))
    assert left() == []


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, KEY[:-1], KEY + "0", "/" * 64])
def test_what_is_no_key_names_no_file(key):
    with pytest.raises(ValueError, match="not a storage key"):
        files.path(key)


def test_removing_twice_is_no_matter():
    key, _size = files.store(io.BytesIO(b"a"))
    files.remove(key)
    files.remove(key)
    assert left() == []


# --- Held for an answer ---------------------------------------------------------------------------


def test_a_held_file_is_no_copy_until_it_is_kept():
    key, size = files.hold(io.BytesIO(b"a"))
    assert (files.held(key).read_bytes(), size, list(files.keys())) == (b"a", 1, [])
    files.keep(key)
    assert (files.path(key).read_bytes(), list(files.keys())) == (b"a", [key])
    assert files.held(key) == files.path(key)


def test_keeping_twice_is_no_matter_and_keeping_what_is_gone_is():
    key, _size = files.hold(io.BytesIO(b"a"))
    files.keep(key)
    files.keep(key)
    files.remove(key)
    with pytest.raises(FileNotFoundError):
        files.keep(key)


def test_a_file_that_was_held_for_too_long_is_forgotten():
    old, _size = files.hold(io.BytesIO(b"old"))
    with time_machine.travel(now() + files.HELD_FOR / 2):
        files.hold(io.BytesIO(b"later"))
    assert files.held(old).exists()
    with time_machine.travel(now() + files.HELD_FOR + timedelta(minutes=1)):
        new, _size = files.hold(io.BytesIO(b"new"))
    assert not files.held(old).exists()
    assert files.held(new).exists()
