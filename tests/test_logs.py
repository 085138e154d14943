"""What each line of the log carries."""

import structlog
from flask.testing import FlaskClient


def test_a_line_names_the_rule_of_its_request_and_never_the_secret_in_its_address(
    client: FlaskClient,
) -> None:
    answer = client.get("/suivi/a-token-that-opens-the-page")
    bound = structlog.contextvars.get_contextvars()
    assert bound["request"] == answer.headers["X-Request-Id"]
    assert bound["route"].startswith("/suivi/<")
    assert "a-token-that-opens-the-page" not in str(bound)
