"""Does somebody ask, in words of their own, for no more texts? In English, German and Spanish, slips of the finger too.

The provider knows single words only. Other wording that a reasonable reader takes for a refusal counts as well:
47 CFR 64.1200(a)(10), https://www.ecfr.gov/current/title-47/section-64.1200. What is found here a person looks at.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

MOST_CHARACTERS = 480
"""Who wants no more texts says so briefly; a long text is read by a person anyway."""

_POLITE = (
    "please|pls|plz|thanks|thank|you|ok|okay|hi|hello|hey|now|sorry|bitte|danke|jetzt|porfavor|por|favor|gracias|ya"
)
_FILLER = r"(?: \w+){0,3}"
_ABOUT_TEXTS = "texting|text|texts|message|messages|messaging|sms|contacting|contact|sending|writing|spamming|spam"
_LETTERS, _END = re.compile(r"[a-z]+"), re.compile(r"[.!?;\n]+")
_NOT = "not|dont|do not|never|no longer"
_AT_A_TIME = r"(?! (?:before|until|between|during|while|at|on|in|back|yet))"

# Looked for in a sentence, without accents and signs and put right by `_meant`, where one of the first words stands.
_REFUSALS = (
    # English
    ("stop", rf"^(?:(?:{_POLITE}) )*stop(?: (?:it|this|that|all|texts|now|{_POLITE}))*$"),
    (
        "stop quit cease",
        rf"\b(?:stop|quit|cease){_FILLER} (?:{_ABOUT_TEXTS})\b(?! (?:before|until|between|during|while|at))",
    ),
    (
        "text message contact sms write",
        rf"\b(?:{_NOT}) (?:ever )?(?:text|message|contact|sms|write|write to|call or text|text or call)"
        rf" (?:me|us|my number|this number|this phone)\b{_AT_A_TIME}",
    ),
    (
        "text message contact",
        rf"^(?:(?:{_POLITE}) )*(?:do not|dont|never) (?:text|message|contact)(?: (?:again|anymore|ever|{_POLITE}))*$",
    ),
    (
        "not dont longer",
        r"\b(?:not|dont|no longer) (?:want|wish|need)(?: to)?(?: \w+){0,3}"
        rf" (?:texts|messages|sms|texting|contacted|texted|messaged)\b{_AT_A_TIME}",
    ),
    (
        "end",
        rf"^(?:(?:{_POLITE}) )*end (?:(?:these|all|the|your) )?(?:texts|messages|sms|texting)(?: (?:{_POLITE}))*$",
    ),
    ("wrong", r"\bwrong (?:number|person)\b.* stop$|\b(?:number|person) is wrong\b.* stop$|^stop .*\bwrong number\b"),
    ("more further", r"\bno (?:more|further) (?:texts|messages|sms|texting|messaging|contact)\b"),
    ("unsubscribe", r"\bunsubscribe\b"),
    (
        "take remove delete get",
        r"\b(?:take|remove|delete|get) (?:me|my name|my number|my details)(?: \w+){0,3}"
        r" (?:list|database|system|texts)\b",
    ),
    (
        "remove delete lose forget erase",
        r"\b(?:remove|delete|lose|forget|erase) my (?:number|details|phone)\b|\bremove me\b",
    ),
    ("alone", r"\bleave me alone\b"),
    ("opt opting", r"\bopt(?:ing)? (?:me )?out\b"),
    ("withdraw revoke", r"\b(?:withdraw|revoke) (?:my |the )?(?:consent|permission)\b"),
    # German
    (
        "stopp aufhoren schluss abmelden abbestellen",
        rf"^(?:(?:{_POLITE}) )*(?:stopp|aufhoren|schluss|abmelden|abbestellen)(?: (?:{_POLITE}))*$",
    ),
    (
        "keine",
        r"\bkeine (?:sms|nachrichten|nachricht|texte|werbung|mitteilungen)(?: \w+){0,2}"
        r" (?:mehr|schicken|senden|schreiben)\b"
        r"|\bkeine (?:weiteren |weitere )(?:sms|nachrichten|nachricht|texte|mitteilungen)\b",
    ),
    (
        "nicht keine",
        r"\b(?:schreib|schreibe|schreiben|schreibt|kontaktieren|kontaktiere|sende|senden|texte)(?: sie| ihr)?"
        r"(?: mir| mich)(?: bitte)? (?:nicht|keine)(?: \w+){0,2} mehr\b",
    ),
    (
        "nicht",
        r"\bnicht mehr(?: \w+){0,2} (?:schreiben|anschreiben|kontaktieren|kontaktiert|angeschrieben|texten|simsen)\b",
    ),
    ("auf", r"\b(?:hor|hore|horen|hort)(?: sie)? (?:bitte )?(?:endlich )?auf(?: mir| mich| damit| zu|$)"),
    (
        "loschen losche entfernen entferne streichen",
        r"\b(?:loschen|losche|entfernen|entferne|streichen)(?: sie)?(?: bitte)? (?:meine nummer|mich|meine daten)\b",
    ),
    ("ruhe", r"\b(?:lass|lassen|lasst)(?: sie)?(?: \w+)? (?:mich|uns)(?: \w+)? in ruhe\b"),
    (
        "abmelden abbestellen austragen",
        r"\b(?:mich|newsletter|sms|nachrichten)(?: \w+){0,2} (?:abmelden|abbestellen|austragen)\b",
    ),
    ("melden", r"\bmelden sie mich(?: \w+)? ab\b"),
    # Spanish
    (
        "basta alto cancelar baja para pare paren parar mas",
        rf"^(?:(?:{_POLITE}) )*(?:basta|alto|cancelar|baja|parar|pare|paren|para ya|no mas)(?: (?:{_POLITE}))*$"
        r"|\b(?:darme|deme|denme|dame) de baja\b",
    ),
    (
        "me",
        r"\bno me (?:escriba|escriban|escribas|mande|manden|mandes|envie|envien|envies|contacte|contacten|contactes)\b"
        r"(?! (?:antes|hasta|a las))",
    ),
    (
        "de",
        r"\b(?:deje|dejen|deja|pare|paren|para)(?: ya)? de"
        r" (?:escribirme|enviarme|mandarme|contactarme|molestarme|molestar)\b",
    ),
    ("quiero deseo", r"\bno (?:quiero|deseo)(?: \w+){0,3} (?:mensajes|mensaje|sms|textos)\b"),
    ("mas", r"\bno mas (?:mensajes|sms|textos)\b"),
    (
        "mi",
        r"\b(?:borre|borren|borra|elimine|eliminen|elimina|quite|quiten) mi (?:numero|telefono)\b",
    ),
    ("dejeme dejenme dejame", r"\b(?:dejeme|dejenme|dejame) en paz\b"),
)
_FOUND = [(frozenset(first.split()), re.compile(pattern)) for first, pattern in _REFUSALS]
# "Don't stop texting me": the opposite.
_WANTED = re.compile(
    r"\b(?:dont|do not|never|didnt|did not|cant|cannot|wont|not to|no) (?:ever )?(?:stop|quit|unsubscribe|opt)\b"
)

_WORDS = frozenset(re.findall(r"[a-z]{4,}", " ".join(pattern for _, pattern in _REFUSALS).replace("\\b", " ")))
# Words of their own, a letter from one of those above.
_OTHERS = frozenset(
    {
        *(
            "stops",
            "shop",
            "step",
            "stow",
            "atop",
            "spot",
            "top",
            "test",
            "next",
            "tent",
            "tests",
            "want",
            "went",
            "hour",
            "here",
        ),
        *(
            "take",
            "make",
            "same",
            "like",
            "live",
            "love",
            "more",
            "move",
            "list",
            "last",
            "long",
            "need",
            "feed",
            "send",
        ),
        *("list", "leave", "learn", "text", "mean", "them", "then", "this", "thin", "thing", "white", "quite", "quiet"),
        *("sending", "spending", "seeding", "lessen", "messen", "remote", "calling", "waiting", "writing", "massage"),
        *("nicht", "sicht", "recht", "leicht", "ruhig", "mein", "dein", "sein", "auch", "noch", "doch", "sehr", "mehr"),
        *("pasta", "hasta", "vista", "gasta", "baja", "caja", "paja", "para", "cara", "pare", "padre", "madre"),
    }
)


def is_refusal(text: str) -> bool:
    """Whether a text asks for no more texts; one that is nothing but the provider's own word counts elsewhere."""
    if len(text) > MOST_CHARACTERS:
        return False
    return any(_refuses(sentence.split()) for sentence in _sentences(text))


def _refuses(words: Sequence[str]) -> bool:
    meant = [_meant(word) for word in words]
    sentence, there = " ".join(meant), set(meant)
    found = any(first & there and pattern.search(sentence) for first, pattern in _FOUND)
    return found and _WANTED.search(sentence) is None


def _sentences(text: str) -> Sequence[str]:
    """Its sentences in lower-case letters without accents, words apart by blanks; "don't" is one word."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    letters = "".join(one for one in folded if not unicodedata.combining(one) and one not in "'’`")
    return [" ".join(_LETTERS.findall(sentence)) for sentence in _END.split(letters)]


@lru_cache(maxsize=20_000)
def _meant(word: str) -> str:
    """The word that was meant: one that we look for, where a single slip of the finger lies between."""
    if word in ("stp", "stoop"):
        return "stop"
    if word in _WORDS or word in _OTHERS or not 4 <= len(word) <= 16:
        return word
    close = [known for known in _WORDS if _is_a_slip(word, known)]
    return min(close) if close else word


def _is_a_slip(typed: str, meant: str) -> bool:
    """Whether one letter is doubled, lost, added, swapped with its neighbour or, in longer words, another one."""
    if typed[0] != meant[0] or abs(len(typed) - len(meant)) > 1:
        return False
    place = next((at for at, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other), None)
    if place is None:
        return True
    swapped = typed[:place] + typed[place + 1 : place + 2] + typed[place] + typed[place + 2 :]
    left_out = typed[:place] + typed[place + 1 :]
    put_in = typed[:place] + meant[place] + typed[place:]
    replaced = typed[:place] + meant[place] + typed[place + 1 :]
    return meant in (swapped, left_out, put_in) or (len(meant) >= 7 and replaced == meant)
