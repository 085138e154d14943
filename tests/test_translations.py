"""The French catalogues: complete, faithful and well set; and nothing of them on English pages."""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages import Message as Sentence
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub import formats
from hub.accounts.models import Role, User
from hub.extensions import db
from hub.tickets.models import Message
from tests.builders import create_department, create_user
from tests.citizens.people import only_ticket, page, send

ROOT = Path(__file__).parent.parent
CATALOGUES = ROOT / "hub" / "translations"
#: What channels bring of their own, those that only a test adds included.
BROUGHT = [
    folder
    for channels in (ROOT / "hub" / "channels", ROOT / "tests" / "laws" / "networks")
    for folder in sorted(channels.glob("*/translations"))
]
FRENCH = Path("fr") / "LC_MESSAGES"
#: As `./hub.sh translate` names them, beside those that Babel knows.
KEYWORDS = DEFAULT_KEYWORDS | parse_keywords(["_l", "lazy_gettext", "lazy_pgettext:1c,2"])
#: A pattern of the Unicode locale data is no sentence.
NO_SENTENCES = {"date pattern"}

Key = tuple[str | None, str | tuple[str, str]]
Readers = Callable[..., tuple[FlaskClient, FlaskClient]]


def key_of(message: Sentence) -> Key:
    return message.context, message.id if isinstance(message.id, str) else tuple(message.id)


def texts(said: str | tuple[str, ...]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


@pytest.fixture(scope="module", params=[CATALOGUES, *BROUGHT], ids=lambda home: home.parent.name)
def home(request: pytest.FixtureRequest) -> Path:
    """A folder of catalogues."""
    return Path(request.param)


@pytest.fixture(scope="module")
def wanted(home: Path) -> dict[Key, str]:
    """Every sentence of the code and the templates, and where it stands; or of one channel."""
    if home == CATALOGUES:
        with (CATALOGUES / "babel.cfg").open() as cfg:
            methods, options = parse_mapping_cfg(cfg)
        found = extract_from_dir(
            ROOT, methods, options, keywords=KEYWORDS, directory_filter=speaks_through_the_hub
        )
    else:
        found = extract_from_dir(home.parent, keywords=KEYWORDS)
    return {(context, words): f"{path}:{line}" for path, line, words, _notes, context in found}


def speaks_through_the_hub(folder: str) -> bool:
    brings_its_own = Path(folder) / "translations" in BROUGHT
    return not brings_its_own and not Path(folder).name.startswith((".", "_"))


@pytest.fixture(scope="module")
def catalogue(home: Path) -> Catalog:
    return read_catalogue(home)


@pytest.fixture(scope="module")
def sentences(catalogue: Catalog) -> list[Sentence]:
    return [message for message in catalogue if message.id]


def read_catalogue(home: Path) -> Catalog:
    with (home / FRENCH / "messages.po").open("rb") as po:
        return read_po(po, locale="fr", abort_invalid=True)


# --- Complete --------------------------------------------------------------------------------


def test_every_sentence_of_the_code_and_the_pages_has_its_french(
    wanted: dict[Key, str], sentences: list[Sentence]
) -> None:
    known = {key_of(message) for message in sentences if all(texts(message.string))}
    missing = [f"{place}: {key[1]}" for key, place in wanted.items() if key not in known]
    assert not missing, "run ./hub.sh translate, then fill in:\n" + "\n".join(missing)


def test_the_catalogue_has_no_sentence_that_nobody_says(
    wanted: dict[Key, str], catalogue: Catalog, sentences: list[Sentence]
) -> None:
    assert [key for key in map(key_of, sentences) if key not in wanted] == []
    assert list(catalogue.obsolete) == []


def test_no_french_is_a_guess(catalogue: Catalog, sentences: list[Sentence]) -> None:
    assert not catalogue.fuzzy
    assert [message.id for message in sentences if message.fuzzy] == []


def test_what_the_hub_reads_is_what_was_written(home: Path, catalogue: Catalog) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    read = (home / FRENCH / "messages.mo").read_bytes()
    assert compiled.getvalue() == read, "run ./hub.sh translate"


def test_one_and_many_are_told_apart_as_french_does(catalogue: Catalog) -> None:
    assert (catalogue.num_plurals, catalogue.plural_expr) == (2, "(n > 1)")


def test_translating_functions_go_by_the_names_that_are_collected() -> None:
    """Under another name, or in an f-string, their sentences would be missed without a word."""
    strays = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in [ROOT / "hub", *(home.parent for home in BROUGHT)]
        for path in sorted(folder.rglob("*.py"))
        for line in _uncollected(ast.parse(path.read_text("utf-8")))
    ]
    assert strays == []


def _uncollected(module: ast.Module) -> Iterator[int]:
    names = set(KEYWORDS)
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module == "flask_babel":
            for imported in node.names:
                if "gettext" in imported.name and (imported.asname or imported.name) not in names:
                    yield node.lineno
        if isinstance(node, ast.JoinedStr):
            calls = (part for part in ast.walk(node) if isinstance(part, ast.Call))
            if any(isinstance(call.func, ast.Name) and call.func.id in names for call in calls):
                yield node.lineno


# --- Faithful --------------------------------------------------------------------------------

PLACEHOLDER = re.compile(r"%\(\w+\)[\d.]*[a-z]|(?<!%)\{\w+\}")


@pytest.mark.parametrize(
    ("english", "french"),
    [("%(num)d tickets", "%(num)s demandes"), ("For %(name)s", "Pour %(nom)s"), ("{count}", "")],
)
def test_a_lost_placeholder_is_found(english: str, french: str) -> None:
    assert set(PLACEHOLDER.findall(english)) != set(PLACEHOLDER.findall(french))


def test_placeholders_are_the_same_on_both_sides(sentences: list[Sentence]) -> None:
    wrong = []
    for message in sentences:
        most = set(PLACEHOLDER.findall(texts(message.id)[-1]))
        for said in texts(message.string):
            found = set(PLACEHOLDER.findall(said))
            if found != most and not (isinstance(message.id, tuple) and found < most):
                wrong.append((message.id, said))
    assert wrong == []


def test_no_french_is_the_english_left_as_it_was(sentences: list[Sentence]) -> None:
    """Words that are the same in both languages are short; a sentence never is."""
    same = [said for m in sentences if (said := texts(m.string)[0]) == texts(m.id)[0]]
    assert [said for said in same if len(re.findall(r"[^\W\d_]+", said)) > 4] == []


# --- Well set --------------------------------------------------------------------------------

NO_BREAK, NARROW = "\u00a0", "\u202f"
CARELESS = {
    "no narrow space before ; ! ?": re.compile(rf"(?<![{NARROW}!?])[;!?]"),
    "no space, or one that breaks, before :": re.compile(rf"(?<!{NO_BREAK}):(?!//)"),
    "no space, or one that breaks, inside « »": re.compile(rf"«(?!{NO_BREAK})|(?<!{NO_BREAK})»"),
    "a straight or English quotation mark": re.compile(r"[\"“”]"),
    "a straight apostrophe": re.compile(r"'"),
    "dots for …": re.compile(r"\.\."),
    "a space that breaks before a unit": re.compile(r"(?:\d|\)[ds]) (?:%|Mo|ko|h|min|j)(?!\w)"),
    "a space that breaks in a number": re.compile(r"\d \d{3}(?!\d)"),
    "two spaces, or one at an end": re.compile(r"\s\s|^\s|\s$"),
}


def carelessness(said: str) -> list[str]:
    return [rule for rule, pattern in CARELESS.items() if pattern.search(said)]


@pytest.mark.parametrize(
    "said",
    [
        "Vraiment ?", "Vraiment?", "Vraiment\u00a0!", "Fin ; suite", "Sujet : rien", "Sujet: rien",
        "« Oui »", "«Oui»", "“Oui”", '"Oui"', "L'usager", "Attendez...", "10 Mo", "%(days)d j",
        "10 000 caractères", "Deux  espaces", "Fin ",
    ],
)  # fmt: skip
def test_careless_french_is_found(said: str) -> None:
    assert carelessness(said)


def test_careful_french_is_left_alone() -> None:
    said = (
        "Vraiment\u202f?! Oui\u202f; voici «\u00a0l’adresse\u00a0»\u00a0: https://example.org… "
        "10\u202f000 caractères, %(days)d\u00a0j, 2026-004217-K"
    )
    assert carelessness(said) == []


def test_french_is_set_with_care(sentences: list[Sentence]) -> None:
    wrong = [
        (said, rule)
        for message in sentences
        if message.context not in NO_SENTENCES
        for said in texts(message.string)
        for rule in carelessness(said)
    ]
    assert wrong == []


# --- On the pages ----------------------------------------------------------------------------


@pytest.fixture
def translated(app: Flask) -> Iterator[Flask]:
    """The application with its catalogues, which other tests do without."""
    babel = app.extensions["babel"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(babel, "translation_directories", [str(CATALOGUES)])
        patch.setattr(babel.instance.domain_instance, "cache", {})
        yield app


@pytest.fixture
def readers(translated: Flask, signed_in: Callable[[User], FlaskClient]) -> Readers:
    """Gives a function: somebody (or a stranger) -> (a client in French, one in English)."""

    def two(user: User | None = None) -> tuple[FlaskClient, FlaskClient]:
        french, english = (
            signed_in(user) if user else translated.test_client() for _reader in range(2)
        )
        english.post("/language", data={"language": "en"})
        return french, english

    return two


def said_on(response: TestResponse) -> set[str]:
    """Each text of a page, and each value of an attribute."""
    shown = list(page(response).iter())
    words = [text for element in shown for text in (element.text, element.tail) if text]
    return {text.strip() for text in words} | {v for one in shown for v in one.attrib.values()}


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/contact", None),
        ("/accessibilite", None),
        ("/donnees-personnelles", None),
        ("/login", None),
        ("/nowhere", None),
        ("/inbox", Role.ADMIN),
        ("/reports", Role.ADMIN),
        ("/settings", Role.ADMIN),
        ("/settings/rules", Role.ADMIN),
    ],
)
def test_a_page_speaks_the_one_language_its_reader_chose(
    readers: Readers, path: str, role: Role | None
) -> None:
    sentences = [message for message in read_catalogue(CATALOGUES) if message.id]
    french = {said for m in sentences for said in texts(m.string)}
    english = {said for m in sentences for said in texts(m.id)}
    in_french, in_english = (
        said_on(reader.get(path)) for reader in readers(create_user(role=role) if role else None)
    )
    assert in_french & (french - english)
    assert in_french & (english - french) == set()
    assert in_english & (english - french)
    assert in_english & (french - english) == set()


def test_what_an_english_reader_sends_is_receipted_and_filed_in_french(readers: Readers) -> None:
    create_department("accueil", subject="Autre demande")
    _french, english = readers()
    assert send(english, subject="accueil").status_code == 303
    ticket = only_ticket()
    assert ticket.routed_because == "aucune règle ne correspondait"
    assert ticket.account.name == "Formulaire de contact"
    receipt = db.session.scalars(select(Message).where(Message.automatic)).one()
    assert receipt.text.startswith("Nous avons reçu votre message le ")


def test_an_instant_is_written_as_its_reader_writes_it(translated: Flask) -> None:
    instant = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
    with translated.test_request_context():
        assert formats.exact(instant) == "lundi 23 novembre 2026 à 9\u00a0h\u00a005"
    with translated.test_request_context(), force_locale("en"):
        assert formats.exact(instant) == "Monday 23 November 2026, 09:05"


def test_french_counts_the_first_of_a_month(translated: Flask) -> None:
    first, eleventh = (datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 11))
    with translated.test_request_context():
        assert formats.exact(first) == "dimanche 1er novembre 2026 à 13\u00a0h\u00a000"
        assert formats.moment(first) == "1er nov. 2026, 13:00"
        assert formats.day(first.date()) == "1er novembre 2026"
        assert formats.day(eleventh) == "11 novembre 2026"
    with translated.test_request_context(), force_locale("en"):
        assert formats.day(first) == "1 November 2026"
