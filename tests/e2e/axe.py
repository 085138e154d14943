"""axe-core in a page: no serious or critical finding."""

from pathlib import Path

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
GRAVE = {"serious", "critical"}


def assert_accessible(page: Page) -> None:
    """Run axe-core (WCAG 2.0 to 2.2, A and AA, and its best practices) on the page as it is."""
    page.evaluate(SOURCE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    grave = [
        f"{item['id']}: {item['help']} — {[node['target'] for node in item['nodes']][:4]}"
        for item in found["violations"]
        if item["impact"] in GRAVE
    ]
    assert not grave, f"{page.url}\n" + "\n".join(grave)
