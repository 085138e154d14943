"""Finding personal data in French spellings, and nothing where there is none."""

import pytest

from hub.clock import now
from hub.tickets import references
from hub.tickets.personal_data import Kind, Published, find, masked

WORDS = ("dossier", "allocataire")


def kinds(text: str) -> list[tuple[Kind, str]]:
    return [(one.kind, one.text) for one in find(text, file_words=WORDS)]


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("Appelez le 06 12 34 56 42, merci", Kind.TELEPHONE, "06 12 34 56 42"),
        ("06.12.34.56.42", Kind.TELEPHONE, "06.12.34.56.42"),
        ("tel:0612345642.", Kind.TELEPHONE, "0612345642"),
        ("+33 6 12 34 56 42", Kind.TELEPHONE, "+33 6 12 34 56 42"),
        ("0033 (0)6 12 34 56 42", Kind.TELEPHONE, "0033 (0)6 12 34 56 42"),
        ("écrivez à jean.dupont@free.fr.", Kind.EMAIL, "jean.dupont@free.fr"),
        ("2 84 05 75 116 042 17", Kind.NIR, "2 84 05 75 116 042 17"),
        ("FR76 3000 6000 0112 3456 7890 189 merci", Kind.IBAN, "FR76 3000 6000 0112 3456 7890 189"),
        ("carte 4111 1111 1111 1111", Kind.CARD, "4111 1111 1111 1111"),
        ("j'habite 12 bis rue des Lilas, 75011 Paris", Kind.ADDRESS,
         "12 bis rue des Lilas, 75011 Paris"),
        ("12 rue victor hugo", Kind.ADDRESS, "12 rue victor"),
        ("mon dossier n° 2026-1234 est où ?", Kind.FILE, "2026-1234"),
    ],
)  # fmt: skip
def test_what_french_people_write_is_found(text: str, kind: Kind, found: str) -> None:
    assert kinds(text) == [(kind, found)]


@pytest.mark.parametrize(
    "text",
    [
        "Il y a 12 places de bus et 2 cours par semaine.",
        "La ligne 214 part le 12/11/2026 à 14 h 05.",
        "Appelez le 3114 ou le 112.",
        "4111 1111 1111 1112",  # the last digit is wrong
        "FR76 3000 6000 0112 3456 7890 188",
        "2 84 05 75 116 042 18",  # the key is wrong
        "1840575116042",  # thirteen digits in one piece are anything
        "Le budget est de 1 234 567,89 €.",
        "mon dossier est refusé depuis 2026",
        "ligne 12 route barrée",
        "",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert kinds(text) == []


def test_our_own_reference_is_no_file_number() -> None:
    ours = references.reference(now(), 4217)

    assert kinds(f"votre dossier {ours}") == []


def test_what_the_council_publishes_is_nobodys_secret() -> None:
    published = Published(hosts=frozenset({"region.example"}), numbers=frozenset({"0200000000"}))
    said = "Écrivez à contact@lycees.region.example, ou à moi@region.example, ou 02 00 00 00 00."
    assert find(said, published=published) == []
    assert [one.text for one in find("a@notregion.example", published=published)] == [
        "a@notregion.example"
    ]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("le 06 12 34 56 42", "le 06 •• •• •• 42"),
        ("claire@exemple.fr", "c•••@••••.fr"),
        ("12 rue des Lilas, 75011 Paris", "•• rue ••• •••• 75011 ••••"),
    ],
)
def test_a_mask_keeps_what_its_owner_knows_it_by(text: str, after: str) -> None:
    assert masked(text, find(text)) == after


def test_a_masked_text_holds_nothing_any_more() -> None:
    text = "Moi : 06 12 34 56 42, jean@free.fr, 12 rue des Lilas, FR76 3000 6000 0112 3456 7890 189"
    assert find(masked(text, find(text))) == []


def test_only_what_is_named_is_masked() -> None:
    text = "06 12 34 56 42 ou 06 98 76 54 32"
    _first, second = find(text)
    assert masked(text, [second]) == "06 12 34 56 42 ou 06 •• •• •• 32"
