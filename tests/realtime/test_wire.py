"""The few frames that may wait for one socket."""

from realtime.frames import Frame
from realtime.wire import Counters, Socket
from tests.realtime.played import PlayedWire

SMALL = Frame.of("x")


def stopped_up(most_queued: int = 256) -> tuple[Socket, PlayedWire, Counters]:
    wire, counters = PlayedWire(), Counters()
    socket = Socket(wire, counters, most_queued=most_queued)
    wire.is_stopped_up = True
    return socket, wire, counters


def test_frames_wait_in_order_until_the_peer_reads_again() -> None:
    wire = _RecordingWire()
    socket = Socket(wire, Counters(), most_queued=256)
    frames = [Frame.of(str(number)) for number in range(256)]
    wire.is_stopped_up = True
    for frame in frames:
        socket.push(frame)

    wire.unstop()
    socket.push(last := Frame.of("last"))

    assert wire.frames == [*frames, last]
    assert wire.closed_with is None


def test_one_frame_too_many_closes_with_1013_and_frees_what_waits() -> None:
    socket, wire, counters = stopped_up()
    for _ in range(256):
        socket.push(SMALL)
    assert wire.closed_with is None

    socket.push(SMALL)
    wire.unstop()

    assert (wire.closed_with, wire.written, counters.overflows) == (1013, 0, 1)


def test_half_a_mebibyte_is_the_most_that_waits() -> None:
    socket, wire, _ = stopped_up()
    quarter = Frame.of("x" * 256 * 1000)
    socket.push(quarter)
    socket.push(quarter)
    assert wire.closed_with is None

    socket.push(quarter)

    assert wire.closed_with == 1013


def test_a_single_large_frame_may_wait_else_its_reader_would_never_get_it() -> None:
    socket, wire, _ = stopped_up()

    socket.push(Frame.of("x" * 1_000_000))
    assert wire.closed_with is None
    wire.unstop()

    assert wire.written == 1


def test_a_closed_socket_takes_no_frames_and_keeps_its_first_code() -> None:
    socket, wire, counters = stopped_up()
    wire.unstop()

    socket.close(4401)
    socket.close(1012)
    socket.stuck()
    socket.push(SMALL)

    assert (wire.closed_with, wire.written, counters.overflows) == (4401, 0, 0)


class _RecordingWire(PlayedWire):
    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []

    def write(self, frame: Frame) -> bool:
        taken = super().write(frame)
        if taken:
            self.frames.append(frame)
        return taken
