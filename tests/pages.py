"""What holds for every page of the hub, checked whenever a test fetches one."""

import re

import html5lib

#: Elements whose address makes the browser fetch something by itself.
FETCHES = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "video": "src",
    "audio": "src",
    "source": "src",
    "link": "href",
    "form": "action",
}
#: What the parser calls an error and the standard does not.
HARMLESS = {"non-void-element-with-trailing-solidus"}


def check_page(html: str) -> None:
    """Valid HTML, a language, a title, one h1, unique ids, labelled fields, nothing fetched from
    elsewhere, no inline script or style. Fragments (no doctype) are not pages."""
    if not html.lstrip().lower().startswith("<!doctype"):
        return
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    page = parser.parse(html)
    errors = [error for error in parser.errors if error[1] not in HARMLESS]
    assert not errors, errors[:5]
    assert page.get("lang"), "the page says no language"
    title = page.findtext(".//title") or ""
    assert title.strip(), "the page has no title"
    assert len(page.findall(".//h1")) == 1, "a page has one h1"
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), [i for i in ids if ids.count(i) > 1]
    _check_fields(page, set(ids))
    _check_policy(page)


def _check_fields(page, ids: set[str]) -> None:
    labelled = {label.get("for") for label in page.iter("label")}
    for label in page.iter("label"):
        if target := label.get("for"):
            assert target in ids, f"a label points to {target}, which is not there"
    inside = {id(child) for label in page.iter("label") for child in label.iter()}
    for kind in ("input", "select", "textarea"):
        for field in page.iter(kind):
            hidden = field.get("type") in {"hidden", "submit", "button"}
            named = (
                field.get("id") in labelled
                or field.get("aria-label")
                or field.get("aria-labelledby")
                or id(field) in inside
            )
            assert hidden or named, f"a field has no label: {field.attrib}"


def _check_policy(page) -> None:
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        address = element.get(FETCHES.get(element.tag, ""), "")
        assert not re.match(r"(https?:)?//", address), f"{element.tag} fetches {address}"
        assert element.get("style") is None, f"inline style on {element.tag}"
        handlers = [name for name in element.attrib if str(name).startswith("on")]
        assert not handlers, f"inline handler on {element.tag}: {handlers}"
        assert element.tag != "style", "inline style sheet"
        if element.tag == "script":
            assert element.get("src"), "inline script"
