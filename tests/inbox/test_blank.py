"""Forms that nobody has filled in are shared between all who see them: they hold nobody's words."""

from hub.inbox.blank import blank
from hub.inbox.forms import TagForm, TransferForm
from tests.builders import create_department, create_ticket

HERE = (("transports", "Transports"),)
THERE = (("lycees", "Lycées"),)


def test_one_form_is_shown_to_all_who_are_offered_the_same(app):
    with app.test_request_context():
        first = blank(TransferForm, department=HERE)
        assert blank(TransferForm, department=HERE) is first
        assert dict(blank(TransferForm, department=THERE).department.choices) == dict(THERE)
        assert dict(first.department.choices) == dict(HERE)


def test_it_has_no_token_of_its_first_reader(app):
    app.config["WTF_CSRF_ENABLED"] = True
    with app.test_request_context():
        assert "csrf_token" not in blank(TagForm)


def test_what_one_person_typed_and_was_refused_is_on_nobody_elses_page(
    agent, supervisor, signed_in
):
    ticket = create_ticket(create_department("transports"))
    page = f"/tickets/{ticket.reference}"
    said = {"department": "", "reason": "Une phrase à moi seul"}
    refused = signed_in(agent).post(f"{page}/transfer", data=said)
    assert refused.status_code == 422
    assert said["reason"] in refused.get_data(as_text=True)
    assert said["reason"] not in signed_in(supervisor).get(page).get_data(as_text=True)
    assert said["reason"] not in signed_in(agent).get(page).get_data(as_text=True)
