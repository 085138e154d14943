"""The pages that show every component in every state, for whoever builds pages. Development only,
so their words are not translated; people, messages and figures are made up and nothing is stored.
"""

from datetime import timedelta

from flask import Flask, abort, render_template
from flask.typing import ResponseReturnValue
from wtforms import (
    BooleanField,
    EmailField,
    FileField,
    Form,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from hub.accounts.access import public
from hub.clock import now

PAGES = ("inbox", "report", "citizen", "tracking")


class Example(Form):
    """Each kind of field once."""

    name = StringField("Nom et prénom", [DataRequired("Indiquez votre nom.")])
    email = EmailField(
        "Adresse électronique",
        [DataRequired("Indiquez une adresse."), Email("Écrivez l’adresse sous la forme a@b.fr.")],
        description="Pour vous répondre, et pour rien d’autre.",
    )
    password = PasswordField("Mot de passe")
    age = IntegerField("Nombre de lycéens concernés", [NumberRange(1, 40, "Entre 1 et 40.")])
    subject = SelectField(
        "Sujet",
        choices=[
            ("", "Choisissez un sujet"),
            ("transports", "Transports scolaires et interurbains, TER, cars régionaux"),
            ("lycees", "Lycées"),
        ],
        validators=[DataRequired("Choisissez un sujet.")],
    )
    message = TextAreaField(
        "Votre message",
        [DataRequired("Écrivez votre message.")],
        description="Dites le lieu et la date si vous les connaissez.",
    )
    files = FileField("Pièce jointe", description="PDF, JPEG ou PNG, 10 Mo au plus.")
    answer = RadioField(
        "Comment souhaitez-vous la réponse ?",
        choices=[("email", "Par courriel"), ("phone", "Par téléphone"), ("post", "Par courrier")],
        validators=[DataRequired("Choisissez une manière de vous répondre.")],
    )
    days = SelectMultipleField(
        "Jours où vous êtes joignable",
        choices=[("1", "Lundi"), ("2", "Mardi"), ("3", "Mercredi")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    consent = BooleanField("J’ai lu comment mes données sont utilisées.")


def install(app: Flask) -> None:
    """Serve /styleguide and the pages put together from its components."""

    @app.get("/styleguide")
    @public
    def styleguide() -> ResponseReturnValue:
        return render_template("styleguide.html", **_examples())

    @app.get("/styleguide/<page>")
    @public
    def styleguide_page(page: str) -> ResponseReturnValue:
        if page not in PAGES:
            abort(404)
        return render_template(f"styleguide/{page}.html", **_examples())


def _examples() -> dict[str, object]:
    wrong = Example(email="personne", age=99)
    wrong.validate()
    present = now()
    return {
        "form": Example(),
        "wrong": wrong,
        "minutes_ago": lambda number: present - timedelta(minutes=number),
        "minutes_ahead": lambda number: present + timedelta(minutes=number),
    }
