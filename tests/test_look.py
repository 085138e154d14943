"""What the look promises and can be read off the files: colours and icons."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOKENS = (ROOT / "hub/static/css/tokens.css").read_text(encoding="utf-8")
STYLES = sorted((ROOT / "hub/static/css").glob("*.css"))
SCRIPTS = sorted((ROOT / "hub/static/js").glob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SURFACES = ("surface", "surface-sunken", "surface-raised", "surface-hover", "amber-subtle")
THEMES = {"light": 0, "dark": 1}

#: token -> (light, dark), for the tokens written as two plain colours.
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", TOKENS
    )
}


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    "text", ["text", "text-muted", "blue", "green", "amber", "red", "violet", "grey"]
)
def test_every_text_colour_can_be_read_on_every_surface(text, theme):
    side = THEMES[theme]
    found = {s: contrast(COLOURS[text][side], COLOURS[s][side]) for s in SURFACES}
    assert min(found.values()) >= 4.5, found


@pytest.mark.parametrize("theme", THEMES)
def test_the_edge_of_a_field_can_be_seen_on_every_surface(theme):
    side = THEMES[theme]
    found = {s: contrast(COLOURS["border"][side], COLOURS[s][side]) for s in SURFACES}
    assert min(found.values()) >= 3, found


def test_colours_are_written_in_the_tokens_alone():
    raw = re.compile(r"#[0-9a-fA-F]{3,8}\b(?!\w)|\brgba?\(|\bhsla?\(")
    found = [
        f"{style.name}:{number}: {line.strip()}"
        for style in STYLES
        if style.name != "tokens.css"
        for number, line in enumerate(style.read_text(encoding="utf-8").splitlines(), 1)
        if raw.search(line) and "url(" not in line
    ]
    assert found == []


def test_every_custom_property_used_is_defined():
    text = "\n".join(style.read_text(encoding="utf-8") for style in STYLES)
    defined = set(re.findall(r"(--[\w-]+)\s*:", text))
    used = set(re.findall(r"var\((--(?!bs-)[\w-]+)", text))
    assert used - defined == set()


def test_every_icon_named_in_a_template_is_in_the_sprite():
    sprite = (ROOT / "hub/static/icons.svg").read_text(encoding="utf-8")
    symbols = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    naming = re.compile(r'(?:\bicon\(|icon_name=|"icon": |empty_state\()"([\w-]*\w)"')
    named = {
        (template.name, name)
        for template in TEMPLATES
        for name in naming.findall(template.read_text(encoding="utf-8"))
    }
    assert len(named) > 30
    assert {found for found in named if found[1] not in symbols} == set()


def test_every_script_imported_is_there():
    named = {
        (script.name, name)
        for script in SCRIPTS
        for name in re.findall(r'(?:import|from) "\./([\w.-]+)"', script.read_text())
    }
    assert named
    assert {name for _, name in named} <= {script.name for script in SCRIPTS}


def test_every_vendored_file_is_listed_with_its_version_and_licence():
    folder = ROOT / "hub/static/vendor"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    missing = [
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and file.name != "README.md"
        if f"`{file.relative_to(folder)}`" not in readme
    ]
    assert missing == []
