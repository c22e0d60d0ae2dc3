"""What bulk data calls people and lets them text: few words are in half of all texts, most in hardly any."""

import itertools
import math
import random

from inbox.storage.words import words
from providers import segments

_FIRST = (
    *("Maya", "Tom", "Priya", "Sam", "Lena", "Amir", "Grace", "Noah", "Inês", "Oliver", "Hana", "Leo", "Ruth", "Zoë"),
    *(
        "Aisha",
        "Björn",
        "Chloé",
        "Daniel",
        "Élodie",
        "Farah",
        "Giorgos",
        "Isla",
        "Jack",
        "Keiko",
        "Liam",
        "Mei",
        "Nina",
    ),
    *("Omar", "Paula", "Quentin", "Rosa", "Søren", "Tariq", "Uma", "Vera", "William", "Xavier", "Yara", "Zac", "Ava"),
)
_LAST = (
    *("Chen", "Okafor", "Nair", "Whitlock", "Fischer", "Haddad", "Tan", "Williams", "Moreau", "Brandt", "Suzuki"),
    *(
        "Smith",
        "Jones",
        "Brown",
        "Nguyễn",
        "O'Neill",
        "García",
        "Müller",
        "Ångström",
        "Kowalski",
        "Papadopoulos",
        "Ali",
    ),
    *("Singh", "Kaur", "Patel", "Lee", "Kim", "Taylor", "Wilson", "Martin", "Anderson", "Thompson", "White", "Walker"),
)
_OTHER_SCRIPTS = (
    *(
        "陈美玲",
        "王伟",
        "李娜",
        "佐藤 花子",
        "鈴木 太郎",
        "김민준",
        "이서연",
        "Анна Иванова",
        "Дмитрий Ёлкин",
        "محمد علي",
    ),
    *("فاطمة حسن", "Ελένη Παπαδοπούλου", "राज पटेल", "प्रिया शर्मा", "สมชาย ใจดี", "דנה כהן"),
)
_COMMON = words(
    "you the to i for is a can and we on it your in me at will are this please thanks have hi be do that yes "
    "my of what time with not call work today tomorrow when shift job good morning ok from free week send "
    "sorry still interview start know let great thank available monday tuesday wednesday thursday friday "
    "saturday sunday role nurse ward hospital roster next night day resume licence form reference manager team "
    "email number office parking uniform contract pay rate hours full part training check police vaccination "
    "certificate registration bus train late early running minutes confirm cancel reschedule address entrance "
    "level reception badge photo bank details super tax visa passport question answer offer accept decline "
    "happy sure maybe soon later meet "
)
_SYLLABLES = words("ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo za bre cla dro fle gri plo stra ")
_ENDS = ("n", "r", "st", "m", "l", "nd")
_WHOLE = tuple(
    (text, segments.measure(text).segments)
    for text in (
        *("👍", "See you on Monday at 9:30 👍", "Merci beaucoup, à demain !", "谢谢，明天见", "Спасибо, до завтра"),
        *("ありがとうございます", "شكرا جزيلا", "Danke, bis nächste Woche. Straße 12?", "Can't, I'm at my sister's 🙈"),
    )
)
_WORDS, _DRAWN = 8_000, 400_000
STOP = "STOP"


class Language:
    """Draws names and texts. Words follow Zipf's law: the tenth most frequent is used a tenth as often as the first."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        known = vocabulary()
        weights = [1 / rank for rank in range(1, len(known) + 1)]
        self._drawn = chance.choices(known, weights, k=_DRAWN)

    def name(self) -> str:
        """A person's name; one in twenty is in a script other than Latin."""
        if self._chance.random() < 0.05:
            return self._chance.choice(_OTHER_SCRIPTS)
        return f"{self._chance.choice(_FIRST)} {self._chance.choice(_LAST)}"

    def text(self) -> tuple[str, int, str]:
        """A text, the segments it costs, and its words as a search document holds them."""
        draw = self._chance.random()
        if draw < 0.03:
            whole, cost = self._chance.choice(_WHOLE)
            return whole, cost, f" {' '.join(words(whole))} "
        start, count = int(draw * 1e9) % (_DRAWN - 30), 2 + int(self._chance.expovariate(0.125)) % 28
        plain = " ".join(self._drawn[start : start + count])
        if draw > 0.98:
            plain += f" ref {int(draw * 1e12) % 10_000_019}"
        body = f"{plain[0].upper()}{plain[1:]}{'?' if count % 3 == 0 else '.'}"
        return body, cost_of(len(body)), f" {plain} "


def vocabulary() -> list[str]:
    """Every word that texts are made of, the most frequent first."""
    made = ("".join(parts) for parts in itertools.product(_SYLLABLES, _SYLLABLES, _SYLLABLES, _ENDS))
    # In one step through all of them, so that they begin with all kinds of letters.
    spread = itertools.islice(made, 0, None, len(_SYLLABLES) ** 3 * len(_ENDS) // _WORDS)
    return [*_COMMON, *spread][:_WORDS]


def cost_of(length: int) -> int:
    """The segments of a text of so many letters without accents."""
    return 1 if length <= 160 else math.ceil(length / 153)
