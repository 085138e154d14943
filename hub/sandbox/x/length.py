"""How long X finds a text: weights instead of characters (Counting characters; twitter-text,
configuration 3).

It is written apart from the hub's own counter on purpose: each is a check on the other.
"""

import re
import unicodedata

#: What a post may weigh, and one of somebody who pays for longer ones.
LONGEST_POST = 280
LONGEST_LONG_POST = 25_000
#: A link weighs as much as the short one X puts in its place.
LINK_WEIGHT = 23
#: X takes none of these in a post.
FORBIDDEN = frozenset("\ufffe\uffff\ufeff")

_LIGHT = (range(0x1100), range(0x2000, 0x200E), range(0x2010, 0x2020), range(0x2032, 0x2038))

_GENERIC = (
    "com net org edu gov mil int info biz name pro mobi jobs travel museum aero coop cat asia tel "
    "post app dev page blog shop site online tech store xyz club cloud live news media wiki city "
    "paris bzh alsace corsica brussels berlin london eus scot agency email group team world zone "
    "today life example"
)
_COUNTRIES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs "
    "bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec "
    "ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk "
    "hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la "
    "lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my "
    "mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro "
    "rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj "
    "tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_ENDINGS = "|".join(sorted({*_GENERIC.split(), *_COUNTRIES.split()}, key=len, reverse=True))
_LABEL = r"[a-z0-9À-ÖØ-öø-ɏ](?:[a-z0-9_À-ÖØ-öø-ɏ-]{0,61}[a-z0-9À-ÖØ-öø-ɏ])?"
#: A link as people write it, with or without its scheme.
LINK = re.compile(
    rf"(?<![\w@#$./-])(?:https?://)?(?:{_LABEL}\.)+(?:{_ENDINGS})(?![\w@-])(?::[0-9]+)?"
    r"(?:[/?#][^\s<>«»“”]*[^\s<>«»“”.,;:!?'’)\]])?/?",
    re.IGNORECASE,
)

_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf"
    "\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_DRESSED = f"{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*[\U000e0020-\U000e007f]*"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"  # a flag
    "|[0-9#*]\ufe0f?\u20e3"  # a key
    f"|{_DRESSED}(?:\u200d{_DRESSED})*"  # one picture, or several joined into one
)


def weight(text: str) -> int:
    """Links count 23, emoji 2 however they are put together, other characters 1 or 2."""
    text = unicodedata.normalize("NFC", text)
    links = LINK.findall(text)
    rest, pictures = _EMOJI.subn("", LINK.sub("", text))
    return LINK_WEIGHT * len(links) + 2 * pictures + sum(map(_character, rest))


def _character(character: str) -> int:
    return 1 if any(ord(character) in light for light in _LIGHT) else 2
