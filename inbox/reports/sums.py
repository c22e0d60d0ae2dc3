"""Numbers of reports, which are added up over days, and how they are stored."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import msgspec
from pyroaring import BitMap

from inbox.reports import lengths

Texts: TypeAlias = dict[str, list[int]]
"""By source: sent, delivered, failed, received, segments."""
People: TypeAlias = dict[str, list[BitMap]]
"""By source: who was sent a text, who got one, who wrote after one; as ids of their search documents."""


class Rates(msgspec.Struct):
    """Per "by", source and key: texts sent, failed, answered, and followed by STOP; per user: lengths of answers."""

    texts: dict[str, dict[str, dict[str, list[int]]]]
    answers: dict[str, list[int]]
    """By user: all hours, working hours; see lengths.py."""


def add_texts(many: Iterable[Texts]) -> Texts:
    """All of them together."""
    total: Texts = {}
    for one in many:
        for source, numbers in one.items():
            total[source] = [a + b for a, b in zip(total.get(source, [0] * 5), numbers, strict=True)]
    return total


def add_people(many: Iterable[People]) -> People:
    """Everybody of all of them, each once."""
    sets: dict[str, list[list[BitMap]]] = {}
    for one in many:
        for source, groups in one.items():
            for place, group in enumerate(groups):
                sets.setdefault(source, [[], [], []])[place].append(group)
    return {source: [BitMap.union(*many) for many in groups] for source, groups in sets.items()}


def add_rates(many: Iterable[Rates]) -> Rates:
    """All of them together."""
    total = Rates({}, {})
    for one in many:
        for by, sources in one.texts.items():
            for source, keys in sources.items():
                into = total.texts.setdefault(by, {}).setdefault(source, {})
                for key, numbers in keys.items():
                    known = into.get(key)
                    into[key] = [a + b for a, b in zip(known, numbers, strict=True)] if known else numbers
        for author, (every, worked) in one.answers.items():
            had = total.answers.get(author, [0, 0])
            total.answers[author] = [had[0] + every, had[1] + worked]
    return total


_pack: Callable[[Any], bytes] = msgspec.msgpack.Encoder(order="deterministic").encode
_texts_of = msgspec.msgpack.Decoder(dict[str, list[int]]).decode
_people_of = msgspec.msgpack.Decoder(dict[str, list[bytes]]).decode
_rates_of = msgspec.msgpack.Decoder(tuple[dict[str, dict[str, dict[str, list[int]]]], dict[str, list[bytes]]]).decode


def pack_texts(one: Texts) -> bytes:
    """As it is stored."""
    return _pack(one)


def pack_people(one: People) -> bytes:
    """As it is stored."""
    return _pack({source: [group.serialize() for group in groups] for source, groups in one.items()})


def pack_rates(one: Rates) -> bytes:
    """As it is stored."""
    return _pack((one.texts, {author: [lengths.packed(some) for some in both] for author, both in one.answers.items()}))


def unpack_texts(stored: bytes) -> Texts:
    """What `pack_texts` made."""
    return _texts_of(stored)


def unpack_people(stored: bytes) -> People:
    """What `pack_people` made."""
    return {source: [BitMap.deserialize(one) for one in many] for source, many in _people_of(stored).items()}


def unpack_rates(stored: bytes) -> Rates:
    """What `pack_rates` made."""
    counted, answers = _rates_of(stored)
    return Rates(counted, {author: [lengths.unpacked(one) for one in both] for author, both in answers.items()})
