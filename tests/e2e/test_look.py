"""The look in a real browser: every component readable in both themes, whatever the council's
colour, and the small scripts doing what they promise."""

import pytest

THEMES = ("light", "dark")
SIZES = {"desk": {"width": 1440, "height": 900}, "pocket": {"width": 390, "height": 844}}
PAGES = ("", "/inbox", "/report", "/citizen", "/tracking")
ACCENTS = ("#000000", "#ffffff", "#ffd400", "#00ff00", "#0000ff", "#e30613", "#e6007e", "#1f5fbf")

#: Lowest contrast of each pair of tokens, over all the accents given.
CONTRASTS = """([accents, pairs]) => {
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement("p"));
  const luminance = (token) => {
    probe.style.color = `var(${token})`;
    pixel.fillStyle = getComputedStyle(probe).color;
    pixel.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...pixel.getImageData(0, 0, 1, 1).data].map((value) => {
      const c = value / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const lowest = {};
  for (const accent of accents) {
    document.documentElement.style.setProperty("--accent-base", accent);
    for (const [one, other] of pairs) {
      const key = `${one} on ${other}`;
      lowest[key] = Math.min(lowest[key] ?? 21, contrast(one, other));
    }
  }
  probe.remove();
  return lowest;
}"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("page", PAGES)
def test_every_component_is_accessible_and_fits(open_page, page, theme, size):
    shown = open_page(
        f"/styleguide{page}", color_scheme=theme, viewport=SIZES[size], reduced_motion="reduce"
    )
    width = shown.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size]["width"]


@pytest.mark.parametrize("theme", THEMES)
def test_any_colour_of_the_council_can_be_read(open_page, theme):
    page = open_page("/styleguide/tracking", color_scheme=theme)
    pairs = [
        ("--on-accent", "--accent"),
        ("--on-accent", "--accent-hover"),
        ("--accent-text", "--surface"),
        ("--accent-text", "--surface-sunken"),
        ("--accent-text", "--accent-subtle"),
        ("--text-muted", "--accent-subtle"),
    ]
    lowest = page.evaluate(CONTRASTS, [ACCENTS, pairs])
    assert {pair: ratio for pair, ratio in lowest.items() if ratio < 4.5} == {}


def test_a_double_click_sends_a_form_once(open_page):
    page = open_page("/styleguide/citizen")
    sent = []
    page.route("**/*", lambda route: sent.append(1) or route.fulfill(status=204)
               if route.request.method == "POST" else route.continue_())  # fmt: skip
    button = page.locator("main form [type=submit]")
    button.dblclick()
    page.wait_for_timeout(300)
    assert sent == [1]
    assert button.get_attribute("aria-busy") == "true"


def test_what_cannot_be_undone_is_asked_first(open_page):
    page = open_page("/styleguide")
    sent = []
    page.route("**/*", lambda route: sent.append(1) or route.fulfill(status=204)
               if route.request.method == "POST" else route.continue_())  # fmt: skip
    question = page.locator("#confirm")
    page.get_by_role("button", name="Close the ticket").click()
    assert question.is_visible()
    page.keyboard.press("Escape")
    assert not question.is_visible()
    assert sent == []
    page.get_by_role("button", name="Close the ticket").click()
    question.locator("[data-confirms]").click()
    page.wait_for_timeout(300)
    assert sent == [1]


def test_the_composer_counts_against_the_limit_of_the_chosen_way(open_page):
    page = open_page("/styleguide")
    text, count = page.locator("#composer-text"), page.locator("[data-count-for=composer-text]")
    text.fill("a" * 100)
    assert count.text_content() == ""
    text.fill("🚌" * 279)
    assert count.text_content().endswith(" 1") or count.text_content().endswith("\u00a01")
    text.fill("a" * 290)
    assert "10" in count.text_content()
    assert "is-over" in count.get_attribute("class")
    page.get_by_label("Private message").press("Space")
    assert count.text_content() == ""
    assert "Only Nadia Ferrand" in page.locator("#composer-text-hint").text_content()


def test_escape_closes_a_menu_and_gives_the_focus_back(open_page):
    page = open_page("/styleguide/inbox")
    summary = page.locator(".pane-head .menu summary")
    summary.click()
    assert page.locator("details.menu[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("details.menu[open]").count() == 0
    assert summary.evaluate("element => element === document.activeElement")
