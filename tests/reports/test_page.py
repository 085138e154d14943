"""The supervisors' page, its file, and the same figures through the API."""

import csv
import io
from datetime import timedelta

import html5lib
import pytest
import time_machine

from hub.accounts.models import Role
from hub.api.actions import create_token
from hub.reports import exports
from hub.tickets.models import State
from tests.api.conftest import Tool
from tests.builders import at, create_department, create_ticket
from tests.statements import counted

NOW = at("2026-11-10 12:00")


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def page(signed_in, supervisor):
    """Gives a function: the parameters of the address -> the page as text."""
    client = signed_in(supervisor)

    def fetch(**parameters: str) -> str:
        answer = client.get("/reports", query_string=parameters)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    return fetch


def answered_after(minutes: int, department, received: str = "2026-11-05 08:00", **values):
    start = at(received)
    return create_ticket(
        department,
        received_at=start,
        first_reply_at=start + timedelta(minutes=minutes),
        waiting_since=None,
        **values,
    )


def table(html: str, number: int) -> list[list[str]]:
    """The cells of a table's body and foot, as people read them."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    rows = tree.findall(".//table")[number].findall(".//tr")[1:]
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in rows]


def test_the_figures_stand_in_a_table_for_each_department(page):
    transports, lycees = create_department("transports"), create_department("lycees")
    for minutes in (10, 20, 30):
        answered_after(minutes, transports)
    create_ticket(lycees, received_at=at("2026-11-08 12:00"), waiting_since=at("2026-11-08 12:00"))
    create_ticket(lycees, received_at=at("2026-11-08 12:00"), waiting_since=None,
                  state=State.CLOSED, closed_at=at("2026-11-09 12:00"))  # fmt: skip

    by_department = table(page(), 0)

    assert [row[0] for row in by_department[:-1]] == ["Lycees", "Transports"]
    lycees_row, transports_row, total = by_department
    assert transports_row[1:3] == ["3", "3"]
    assert transports_row[3] == "20 min"
    assert transports_row[4].startswith("30 min")
    assert transports_row[6:] == ["0", "–", "0"]
    assert lycees_row[1:5] == ["2", "0", "–", "–"]
    assert lycees_row[6] == "1"
    assert lycees_row[8] == "1"
    assert total[1:4] == ["5", "3", "20 min"]


def test_channels_have_a_table_of_their_own(page):
    answered_after(10, create_department("transports"))
    answered_after(50, create_department("transports"), channel="minitel")
    by_channel = table(page(), 1)
    assert [row[0] for row in by_channel[:-1]] == ["Facebook", "minitel"]
    assert [row[3] for row in by_channel[:-1]] == ["10 min", "50 min"]


def test_days_begin_and_end_where_the_council_is(page):
    transports = create_department("transports")
    answered_after(1, transports, "2026-11-02 22:59")  # 23:59 on the 2nd in Paris
    answered_after(2, transports, "2026-11-02 23:00")  # midnight
    answered_after(3, transports, "2026-11-03 22:59")
    answered_after(4, transports, "2026-11-03 23:00")  # the 4th

    rows = table(page(**{"from": "2026-11-03", "to": "2026-11-03"}), 0)

    assert rows[-1][1:4] == ["2", "2", "2 min"]


def test_a_period_without_tickets_says_what_to_do_next(page):
    create_ticket(received_at=at("2026-11-05 08:00"))
    html = page(**{"from": "2024-01-01", "to": "2024-01-31"})
    assert "empty-state" in html
    assert "<table" not in html


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-11-02", "2026-11-01", "to"),
        ("2020-01-01", "2026-11-01", "from"),
        ("yesterday", "2026-11-01", "from"),
        ("2026-11-01", "2026-13-45", "to"),
        ("2026-11-01", "9999-12-31", "to"),
        ("\0", "", "from"),
    ],
)
def test_an_error_stands_beside_its_field_and_what_was_typed_stays(
    signed_in, supervisor, first, last, field
):
    answer = signed_in(supervisor).get("/reports", query_string={"from": first, "to": last})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    assert tree.find(f".//div[@id='{field}-error']") is not None
    assert tree.find(f".//input[@id='{field}']").get("aria-invalid") == "true"
    assert tree.find(".//table") is None
    if first != "\0":
        assert tree.find(".//input[@id='from']").get("value") == first


@pytest.mark.parametrize("address", ["/reports", "/reports/response-times.csv"])
def test_reports_are_for_supervisors(signed_in, agent, client, address):
    assert client.get(address).status_code == 302
    assert signed_in(agent).get(address).status_code == 403


def test_statements_do_not_grow_with_the_tickets(signed_in, supervisor):
    client = signed_in(supervisor)
    answered_after(10, create_department("transports"))
    client.get("/reports")
    with counted() as few:
        client.get("/reports")
    for number in range(4):
        answered_after(number, create_department(f"d{number}"))
    with counted() as many:
        client.get("/reports")
    assert len(many) == len(few), many


# --- The file -----------------------------------------------------------------------------------


def test_the_file_holds_the_whole_report(signed_in, supervisor):
    answered_after(10, create_department("transports"))
    answer = signed_in(supervisor).get("/reports/response-times.csv?from=2026-11-01&to=2026-11-09")
    assert answer.mimetype == "text/csv"
    assert "2026-11-01_2026-11-09.csv" in answer.headers["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert [line["group"] for line in lines] == ["department", "channel", "total"]
    assert lines[0]["name"] == "Transports"
    assert lines[0]["median_seconds"] == "600"


def test_no_name_becomes_a_formula(signed_in, supervisor):
    answered_after(10, create_department("evil", name='=HYPERLINK("http://x")'))
    answer = signed_in(supervisor).get("/reports/response-times.csv")
    lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert lines[0]["name"] == '\'=HYPERLINK("http://x")'


@pytest.mark.parametrize("start", exports.FORMULA_STARTS)
def test_each_start_of_a_formula_is_made_inert(start):
    assert exports.inert(f"{start}1") == f"'{start}1"
    assert exports.inert(f"a{start}") == f"a{start}"


def test_a_file_of_an_impossible_period_is_refused(signed_in, supervisor):
    answer = signed_in(supervisor).get("/reports/response-times.csv?from=2026-11-02&to=2026-11-01")
    assert answer.status_code == 422


# --- Through the API ------------------------------------------------------------------------------


@pytest.fixture
def tool(app, client) -> Tool:
    return Tool(client, create_token("reports", Role.SUPERVISOR))


@pytest.mark.parametrize(
    ("by", "key", "name"),
    [("department", "transports", "Transports"), ("channel", "facebook", "Facebook")],
)
def test_a_tool_reads_the_same_figures(tool, by, key, name):
    answered_after(10, create_department("transports"))
    waiting = at("2026-11-06 08:00")
    create_ticket(create_department("transports"), received_at=waiting, waiting_since=waiting)

    found = tool.get(
        "/reports/response-times", **{"from": "2026-11-01", "to": "2026-11-09", "by": by}
    )

    figures = {
        "received": 2,
        "answered": 1,
        "median_seconds": 600,
        "p90_seconds": 600,
        "waiting": 1,
        "oldest_waiting_since": "2026-11-06T08:00:00+00:00",
        "closed_without_answer": 0,
    }
    assert found.json == {
        "from": "2026-11-01",
        "to": "2026-11-09",
        "by": by,
        "timezone": "Europe/Paris",
        "rows": [{"key": key, "name": name, **figures}],
        "total": figures,
    }


def test_without_parameters_a_tool_reads_thirty_days_by_department(tool):
    found = tool.get("/reports/response-times").json
    assert (found["from"], found["to"], found["by"]) == ("2026-10-12", "2026-11-10", "department")
    assert found["rows"] == []
    assert found["total"]["median_seconds"] is None


@pytest.mark.parametrize(
    ("parameters", "status", "field"),
    [
        ({"from": "2026-11-02", "to": "2026-11-01"}, 409, "to"),
        ({"from": "2020-01-01", "to": "2026-11-01"}, 409, "from"),
        ({"from": "9999-12-31"}, 409, "from"),
        ({"from": "soon"}, 422, "from"),
        ({"to": "2026-02-30"}, 422, "to"),
        ({"by": "weather"}, 422, "by"),
    ],
)
def test_a_tool_is_told_which_parameter_is_wrong(tool, parameters, status, field):
    answer = tool.get("/reports/response-times", **parameters)
    assert answer.status_code == status
    assert field in answer.json["errors"]
