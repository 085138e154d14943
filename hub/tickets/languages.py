"""Which language somebody writes in: French, unless the words say otherwise. A pure function.

Agents must see at once that an answer in French will not do; which of two languages of the same
script it is, they see for themselves and correct. So it takes much to call a text foreign: a script
that French has not, or several small words of another language and hardly one of ours.
"""

import re
import unicodedata
from collections import Counter

FRENCH = "fr"
#: Codes of ISO 639-1 of those that can be told, and can be said of a message.
_FOREIGN = "en de es it pt nl br ro pl tr uk ru el ar he zh ja ko"
LANGUAGES = (FRENCH, *_FOREIGN.split())
#: With fewer words a text is taken for French: "OK thanks" is said in any language.
SHORTEST = 4
#: The script of a letter, as the first word of its name in Unicode -> the language it tells.
_SCRIPTS = {
    "ARABIC": "ar",
    "HEBREW": "he",
    "GREEK": "el",
    "CYRILLIC": "ru",
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
}
#: Letters that Ukrainian has and Russian has not.
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)

#: The small words that each language uses most and that French has not, or hardly.
_SMALL = {
    "fr": "le la les des du et est une un je vous nous pas que qui pour dans sur avec mon ma mes ce"
    " cette il elle sont ai avez bonjour merci au aux plus mais où c'est j'ai svp bjr",
    "en": "the and is are to of my your you this that have has not with for was it in please"
    " hello when what how can we they our be there from would thank thanks",
    "de": "der die das und ist nicht ich sie mit für ein eine den dem auf wir haben wann wie"
    " bitte guten danke zu von ihr mein meine kein sind wird",
    "es": "el los las y es por para con una mi su que no está hola gracias cuando como donde"
    " pero muy tengo usted del quiero buenos días yo",
    "it": "il gli e è per con una che non sono della di mio mia ciao grazie quando come dove ma"
    " buongiorno ho anche questo nel alla",
    "pt": "o os as e é para com uma que não meu minha olá obrigado obrigada quando onde mas"
    " muito do da bom dia eu está você tenho",
    "nl": "het een en is van niet ik met voor mijn de dat zijn wanneer hoe waar maar bedankt"
    " hallo wij heeft kunt u bij",
    "br": "ar an ur eo ha en er da war evit gant ket demat trugarez me ni ho hor bezañ emañ",
    "ro": "și este nu cu pentru sunt am la mea meu când unde bună mulțumesc vă să care",
    "pl": "i jest nie z na do się czy mam proszę dzień dobry dziękuję kiedy gdzie jak mój moja",
    "tr": "ve bir bu için ile değil var ne zaman merhaba teşekkürler nerede nasıl benim çok",
}
_SMALL_WORDS = {code: frozenset(text.split()) for code, text in _SMALL.items()}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[@#]\w+")


def language_of(text: str) -> str:
    """The code of the language; French for what is short or tells nothing."""
    plain = _ADDRESS.sub(" ", text)
    if script := _script(plain):
        return "uk" if script == "ru" and _UKRAINIAN.search(plain) else script
    said = [word.casefold().replace("’", "'") for word in _WORD.findall(plain)]
    if len(said) < SHORTEST:
        return FRENCH
    scores = {code: sum(word in small for word in said) for code, small in _SMALL_WORDS.items()}
    best = max(scores, key=lambda code: (scores[code], code == FRENCH))
    is_clear = scores[best] >= 2 * scores[FRENCH] + 1 and scores[best] >= max(2, len(said) / 8)
    return best if is_clear else FRENCH


def _script(text: str) -> str:
    """The language of a script that is not ours, where most letters are of it; else ""."""
    letters = [letter for letter in text if letter.isalpha()]
    foreign = Counter(
        _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0].partition("-")[0], "")
        for letter in letters
        if letter > "\u024f"
    )
    foreign.pop("", None)
    if not foreign or 2 * foreign.total() < len(letters):
        return ""
    return "ja" if "ja" in foreign else foreign.most_common(1)[0][0]
