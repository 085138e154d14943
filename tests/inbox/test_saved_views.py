"""Lists kept under a name: whose they are, who may change them, and where they stand."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import User
from hub.extensions import db
from hub.inbox.saved_views import actions
from hub.inbox.saved_views.models import SavedView
from hub.inbox.selection import Selection, View
from tests.builders import create_department, create_user

LATE_ON_THE_WEB = Selection(view=View.LATE, channel="web")


@pytest.fixture
def colleague(agent: User) -> User:
    """Of the same department."""
    return create_user(name="Colin Collègue", departments=[create_department("transports")])


def keep(client: FlaskClient, name: str, shared: str = "") -> None:
    data = {"view": "late", "channel": "web", "name": name, "shared": shared}
    assert client.post("/inbox/saved", data=data).status_code == 303


def shared_view(by: User, name: str = "Web") -> SavedView:
    department = create_department("transports")
    return actions.save(LATE_ON_THE_WEB, name, by=by, department_id=department.id)


def names(client: FlaskClient) -> list[str]:
    """The names that the left column shows, in order."""
    html = client.get("/inbox").text
    return [name for name in ("Alpha", "Beta", "Gamma", "Web") if f">{name}<" in html]


def test_a_kept_list_leads_back_to_its_view_and_filters(agent: User, signed_in: Any) -> None:
    client = signed_in(agent)
    keep(client, "Web")
    html = client.get("/inbox").text
    assert 'href="/inbox?view=late&amp;channel=web"' in html
    shown = client.get("/inbox?view=late&channel=web").text.partition('id="views"')[2]
    assert shown.count('aria-current="page"') == 1


def test_a_personal_list_is_seen_by_its_owner_alone(
    agent: User, colleague: User, supervisor: User, signed_in: Any
) -> None:
    keep(signed_in(agent), "Web")
    assert names(signed_in(agent)) == ["Web"]
    assert names(signed_in(colleague)) == names(signed_in(supervisor)) == []


def test_a_shared_list_is_seen_by_those_of_the_department(
    agent: User, colleague: User, supervisor: User, signed_in: Any
) -> None:
    stranger = create_user(departments=[create_department("lycees")])
    keep(signed_in(agent), "Web", "transports")
    for user in (agent, colleague, supervisor):
        assert names(signed_in(user)) == ["Web"]
    assert names(signed_in(stranger)) == []


def test_nobody_shares_with_a_department_they_do_not_read(agent: User, signed_in: Any) -> None:
    create_department("lycees")
    keep(signed_in(agent), "Web", "lycees")
    assert db.session.scalars(select(SavedView)).all() == []


@pytest.mark.parametrize("act", ["rename", "delete", "up"])
def test_its_author_and_supervisors_change_a_shared_list(
    agent: User, colleague: User, supervisor: User, signed_in: Any, act: str
) -> None:
    view_id = shared_view(agent).id
    for user, status in ((colleague, 404), (supervisor, 303)):
        client = signed_in(user)
        if act == "rename":
            answer = client.post(f"/inbox/saved/{view_id}/name", data={"name": "Gamma"})
        else:
            answer = client.post(f"/inbox/saved/{view_id}", data={"act": act})
        assert answer.status_code == status
    left = db.session.scalars(select(SavedView.name)).all()
    assert left == {"rename": ["Gamma"], "delete": [], "up": ["Web"]}[act]


def test_a_list_without_a_name_is_not_kept(agent: User, signed_in: Any) -> None:
    client = signed_in(agent)
    keep(client, "  ")
    assert db.session.scalars(select(SavedView)).all() == []
    assert "Write a name." in client.get("/inbox").text


def test_lists_stand_in_the_order_that_was_chosen(agent: User) -> None:
    alpha, beta, gamma = (
        actions.save(Selection(), name, by=agent, department_id=None)
        for name in ("Alpha", "Beta", "Gamma")
    )
    shared_view(agent)
    actions.move(gamma, -1)
    actions.move(alpha, -1)
    actions.move(alpha, 1)
    query = select(SavedView.name).where(SavedView.department_id.is_(None))
    found = db.session.scalars(query.order_by(SavedView.position)).all()
    assert found == ["Gamma", "Alpha", "Beta"]
    assert beta.position == 3


def test_a_person_keeps_no_more_than_they_can_look_through(
    agent: User, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST", 1)
    client = signed_in(agent)
    keep(client, "Alpha")
    keep(client, "Beta")
    assert names(client) == ["Alpha"]


def test_the_page_of_the_lists_names_them_and_says_what_to_do_without(
    agent: User, colleague: User, signed_in: Any
) -> None:
    client = signed_in(colleague)
    assert 'class="empty-state"' in client.get("/inbox/saved").text
    view_id = shared_view(agent).id
    html = client.get("/inbox/saved").text
    assert f'id="saved-{view_id}"' in html
    assert "/name" not in html
    assert f"/inbox/saved/{view_id}/name" in signed_in(agent).get("/inbox/saved").text
