"""Frames as bytes on the wire, read back by the websockets library."""

import json

import pytest
from websockets.frames import Opcode
from websockets.protocol import CLIENT, Protocol

from realtime.cursor import Cursor
from realtime.frames import Frame, beat, resync


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_of_any_size_is_read_back_by_a_client(size: int) -> None:
    text = "ü" + "x" * (size - 2) if size > 1 else "x" * size

    client = Protocol(CLIENT, max_size=None)
    client.receive_data(Frame.of(text).wire)
    (received,) = client.events_received()

    assert received.opcode == Opcode.TEXT
    assert received.fin
    assert bytes(received.data).decode() == text


def test_signals_are_json_objects() -> None:
    assert json.loads(beat(Cursor("e1", 7)).text) == {"t": "beat", "head": "e1-7"}
    assert json.loads(beat(Cursor("e1", 7), 2).text) == {"t": "beat", "head": "e1-7", "watch": 2}
    assert json.loads(beat(None).text) == {"t": "beat"}
    assert json.loads(resync("list").text) == {"t": "resync", "slot": "list"}


def test_half_a_character_cannot_become_a_frame() -> None:
    with pytest.raises(UnicodeEncodeError):
        Frame.of("\ud83d")
