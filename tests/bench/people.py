"""The demo council's people at their browsers."""

import re
from html import unescape

import requests

from tests.bench.installation import PASSWORD


def sign_in(port: int, email: str) -> str:
    """The cookie header of somebody who has just signed in."""
    with requests.Session() as browser:
        url = f"http://127.0.0.1:{port}/login"
        data = {"csrf_token": hidden(browser.get(url, timeout=30).text)["csrf_token"]}
        data |= {"email": email, "password": PASSWORD}
        answer = browser.post(url, data=data, allow_redirects=False, timeout=30)
        if answer.status_code != 302:
            raise SystemExit(f"{email} could not sign in: {answer.status_code}")
        browser.get(f"http://127.0.0.1:{port}/inbox", timeout=30)  # its forms have their token now
        return "Cookie: " + "; ".join(f"{c.name}={c.value}" for c in browser.cookies)


def hidden(page: str) -> dict[str, str]:
    """Name -> value of the page's hidden fields."""
    fields = (tag for tag in re.findall(r"<input[^>]*>", page) if 'type="hidden"' in tag)
    named = (
        (re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in fields
    )
    return {name[1]: unescape(value[1]) if value else "" for name, value in named if name}
