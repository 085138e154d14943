"""Styles and scripts are asked for once, and anew after an update."""

import re

import pytest
from flask import url_for

from hub import assets


@pytest.fixture
def got(client):
    """Gives a function that asks for a file and reads the answer to its end."""

    def get(address):
        with client.get(address) as response:
            response.get_data()
            return response

    return get


@pytest.fixture
def address(app):
    with app.test_request_context():
        return url_for("static", filename="css/app.css")


def test_a_file_is_kept_for_good_under_the_address_of_its_contents(got, address):
    response = got(address)
    assert (response.status_code, response.mimetype) == (200, "text/css")
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert assets.contents() in address


@pytest.mark.parametrize("version", ["v-0123456789abcdef/", ""])
def test_a_page_of_before_an_update_finds_its_files_and_does_not_keep_them(got, address, version):
    former = re.sub(r"v-[0-9a-f]+/", version, address)
    response = got(former)
    assert response.data == got(address).data
    assert response.headers["Cache-Control"] == "no-cache"


def test_modules_find_each_other_beside_themselves():
    """An address without the version would be asked for at each page."""
    for path in assets.FOLDER.rglob("*.js"):
        if "vendor" not in path.parts:
            imported = re.findall(r"""(?:from|import) ?\(?["']([^"']+)["']""", path.read_text())
            assert all(name.startswith(".") for name in imported), path


def test_other_contents_have_another_address(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    named = set()
    for name, text in (("a.css", "x"), ("a.css", "y"), ("b.css", "y")):
        (tmp_path / name).write_text(text)
        named.add(assets.contents())
    assert len(named) == 3


def test_no_file_outside_is_served(got, address):
    for path in ("../config.py", "..%2f..%2fconfig.py"):
        assert got(address.replace("css/app.css", path)).status_code == 404
