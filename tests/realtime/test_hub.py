"""What sockets are shown: everything once, in order, rendered once for all."""

import asyncio
import json
from collections import Counter

import pytest

from realtime.cursor import Cursor
from realtime.hub import Hub
from tests.realtime.conftest import NewHub
from tests.realtime.played import EVERYTHING, PlayedLog, PlayedRender, PlayedWire, Reader, played_socket
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio


async def joined(hub: Hub, *readers: Reader, keys: tuple[str, ...] = ()) -> PlayedWire:
    """A socket whose readers are its slots, each from its own cursor, once all of them are live."""
    socket, wire = played_socket(*readers)
    await hub.join(socket, "org", {r.slot: (r.topic, r.cursor) for r in readers}, keys)
    await until(lambda: all(reader.beats for reader in readers))
    return wire


async def test_a_socket_is_shown_what_is_announced(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        reader = Reader(log.end())
        await joined(hub, reader)

        log.write(events=3)
        hub.announce("org")

        await until(lambda: reader.taken == [1, 2, 3])


async def test_an_event_is_read_and_rendered_once_for_200_sockets(
    new_hub: NewHub, log: PlayedLog, render: PlayedRender
) -> None:
    async with new_hub() as hub:
        readers = [Reader(log.end()) for _ in range(200)]
        for reader in readers:
            await joined(hub, reader)
        log.reads.clear()

        log.write()
        hub.announce("org")
        await until(lambda: all(reader.taken == [1] for reader in readers))

    assert len(log.reads) == 1
    assert len(render.calls) == 1
    shown = [reader.frames[-1] for reader in readers]
    assert all(frame is shown[0] for frame in shown)


async def test_each_topic_is_rendered_once_and_reaches_those_that_watch_it(
    new_hub: NewHub, log: PlayedLog, render: PlayedRender
) -> None:
    async with new_hub() as hub:
        all_of_it, even, third = Reader(log.end()), Reader(log.end(), ("each", 2)), Reader(log.end(), ("each", 3))
        for reader in (all_of_it, even, third):
            await joined(hub, reader)

        log.write(events=6)
        hub.announce("org")

        await until(lambda: all_of_it.taken and even.taken and third.taken)
        assert (all_of_it.taken, even.taken, third.taken) == ([1, 2, 3, 4, 5, 6], [2, 4, 6], [3, 6])
        assert [set(topics) for topics, _, _ in render.calls] == [{EVERYTHING, ("each", 2), ("each", 3)}]


async def test_a_frame_says_that_it_covers_what_had_nothing_to_show(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        early = Reader(log.end(), ("each", 5), believes_beats=False)
        await joined(hub, early)
        for _ in range(4):
            log.write()
            hub.announce("org")
        await until(lambda: hub.state.lag == 0.0)
        late = Reader(log.end(), ("each", 5), believes_beats=False)
        await joined(hub, late)

        log.write()
        hub.announce("org")

        await until(lambda: early.taken == late.taken == [5])
        log.write(events=5)
        hub.announce("org")
        await until(lambda: early.taken == late.taken == [5, 10])
        assert [frame for frame in early.frames if frame.startswith("<")] == [
            '<p>[["each", 5], "e1-0", "e1-5", [5]]',
            '<p>[["each", 5], "e1-5", "e1-10", [10]]',
        ]


async def test_a_reader_caught_up_with_nothing_to_show_takes_the_next_frame(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        log.write(events=3)
        first = Reader(log.end(), ("each", 2))
        await joined(hub, first)
        log.write(events=2)
        hub.announce("org")
        await until(lambda: first.taken == [4])
        # Its own cursor lies after the frame that covered 4, and the beat that moves it on is lost on it.
        late = Reader(Cursor("e1", 4), ("each", 2), believes_beats=False)
        await joined(hub, late)

        log.write()
        hub.announce("org")

        await until(lambda: late.taken == [6])
        assert (first.taken, first.gaps, late.gaps) == ([4, 6], 0, 0)


async def test_coming_back_brings_exactly_what_was_missed_once(new_hub: NewHub, log: PlayedLog) -> None:
    log.write(events=7)
    async with new_hub() as hub:
        reader = Reader(Cursor("e1", 3))
        await joined(hub, reader)

        assert reader.taken == [4, 5, 6, 7]
        log.write()
        hub.announce("org")
        await until(lambda: reader.taken == [4, 5, 6, 7, 8])
        assert len([frame for frame in reader.frames if frame.startswith("<")]) == 2


async def test_two_slots_are_caught_up_each_from_its_own_cursor(new_hub: NewHub, log: PlayedLog) -> None:
    log.write(events=9)
    async with new_hub() as hub:
        listed = Reader(Cursor("e1", 8), slot="list")
        thread = Reader(Cursor("e1", 1), ("each", 2), slot="thread")
        await joined(hub, listed, thread)

        assert (listed.taken, thread.taken) == ([9], [2, 4, 6, 8])


async def test_a_storm_of_readers_at_one_place_shares_one_read_and_one_render(
    new_hub: NewHub, log: PlayedLog, render: PlayedRender
) -> None:
    log.write(events=40)
    async with new_hub() as hub:
        readers = [Reader(Cursor("e1", 30)) for _ in range(200)]
        async with asyncio.TaskGroup() as storm:
            for reader in readers:
                storm.create_task(joined(hub, reader))

        assert all(reader.taken == list(range(31, 41)) for reader in readers)
        assert len([read for read in log.reads if read[1] == 30]) == 1
        assert len(render.calls) == 1


async def test_a_storm_from_many_places_reads_the_log_once(new_hub: NewHub, log: PlayedLog) -> None:
    log.write(events=40)
    async with new_hub() as hub:
        await joined(hub, Reader(log.end()))
        log.reads.clear()
        readers = [Reader(Cursor("e1", at)) for at in range(10, 40) for _ in range(3)]
        async with asyncio.TaskGroup() as storm:
            for reader in readers:
                storm.create_task(joined(hub, reader))

        assert all(reader.taken[-1] == 40 and not reader.gaps for reader in readers)
        assert log.reads == [("org", 10, 30)]


@pytest.mark.parametrize(
    "stale",
    [Cursor("another", 20), Cursor("e1", 21), Cursor("e1", 9), Cursor("e1", 999_999)],
    ids=["another epoch", "ahead of the log", "too far behind", "far ahead of the log"],
)
async def test_who_cannot_be_caught_up_is_told_to_fetch_anew_and_goes_on(
    new_hub: NewHub, log: PlayedLog, stale: Cursor
) -> None:
    log.write(events=20)
    async with new_hub(catch_up_limit=10) as hub:
        reader = Reader(stale, slot="thread")
        await joined(hub, reader)

        assert (reader.resyncs, reader.taken) == (1, [])
        assert json.loads(reader.frames[0]) == {"t": "resync", "slot": "thread"}
        assert hub.state.resyncs == 1
        reader.cursor = log.end()
        log.write()
        hub.announce("org")
        await until(lambda: reader.taken == [21])


async def test_who_asks_for_a_pruned_part_of_the_log_is_told_to_fetch_anew(new_hub: NewHub, log: PlayedLog) -> None:
    log.write(events=20)
    log.kept_from = 15
    async with new_hub() as hub:
        reader, younger = Reader(Cursor("e1", 12)), Reader(Cursor("e1", 14))
        await joined(hub, reader)
        await joined(hub, younger)

        assert (reader.resyncs, reader.taken) == (1, [])
        assert (younger.resyncs, younger.taken) == (0, [15, 16, 17, 18, 19, 20])


async def test_a_page_that_has_seen_more_than_the_hub_is_not_told_to_fetch_anew(
    new_hub: NewHub, log: PlayedLog
) -> None:
    async with new_hub() as hub:
        first = Reader(log.end())
        await joined(hub, first)
        # Committed, and seen by a page that loads, before anybody announced it.
        log.write(events=2)
        second = Reader(log.end())
        await joined(hub, second)

        assert (second.resyncs, second.taken, first.taken) == (0, [], [1, 2])


async def test_a_restored_database_sends_everybody_to_fetch_anew(new_hub: NewHub, log: PlayedLog) -> None:
    log.write(events=20)
    async with new_hub(poll_seconds=0.05) as hub:
        reader = Reader(log.end())
        await joined(hub, reader)

        log.epoch, log.ends["org"] = "e2", 12
        await until(lambda: reader.resyncs == 1)

        reader.cursor = log.end()
        log.write()
        hub.announce("org")
        await until(lambda: reader.taken == [13])
        await until(lambda: reader.cursor == Cursor("e2", 13))


async def test_who_comes_from_a_restored_database_tells_the_hub_of_it(new_hub: NewHub, log: PlayedLog) -> None:
    log.write(events=20)
    async with new_hub() as hub:
        old = Reader(log.end())
        await joined(hub, old)
        log.epoch, log.ends["org"] = "e2", 12

        young = Reader(log.end())
        await joined(hub, young)

        assert (old.resyncs, young.resyncs) == (1, 0)


async def test_a_broken_template_delays_events_and_loses_none(
    new_hub: NewHub, log: PlayedLog, render: PlayedRender
) -> None:
    async with new_hub() as hub:
        reader = Reader(log.end())
        await joined(hub, reader)
        render.failures_left = 2

        for _ in range(3):
            log.write()
            hub.announce("org")
        await until(lambda: reader.taken == [1, 2, 3])

        assert (reader.gaps, reader.resyncs) == (0, 0)


async def test_a_database_that_is_away_delays_events_and_keeps_sockets(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub(poll_seconds=0.05) as hub:
        reader = Reader(log.end())
        wire = await joined(hub, reader)
        log.is_away = True
        log.write()
        hub.announce("org")
        late, late_wire = Reader(Cursor("e1", 0)), played_socket
        socket, late_wire_of = late_wire(late)
        await hub.join(socket, "org", {"list": (EVERYTHING, late.cursor)}, ())
        queries = log.head_queries
        await until(lambda: log.head_queries > queries)

        log.is_away = False

        await until(lambda: reader.taken == [1] and late.taken == [1])
        assert wire.closed_with is late_wire_of.closed_with is None


async def test_a_topic_that_cannot_be_rendered_is_given_up_without_harm_to_the_others(
    new_hub: NewHub, log: PlayedLog, render: PlayedRender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.tail.MOST_FAILURES", 3)
    async with new_hub() as hub:
        good, bad = Reader(log.end()), Reader(log.end(), ("each", 1))
        await joined(hub, good)
        await joined(hub, bad)
        render.poisoned = bad.topic

        log.write()
        hub.announce("org")

        await until(lambda: good.taken == [1])
        await until(lambda: bad.resyncs == 1)
        assert good.resyncs == 0
        render.poisoned = None
        bad.cursor = log.end()
        log.write()
        hub.announce("org")
        await until(lambda: bad.taken == [2])


async def test_catching_up_that_fails_does_not_hold_up_live_events(
    new_hub: NewHub, log: PlayedLog, render: PlayedRender, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So long a pause after the first failure that whoever waits for it is found out.
    monkeypatch.setattr("realtime.supervision.FIRST_PAUSE", 60.0)
    monkeypatch.setattr("realtime.supervision.LONGEST_PAUSE", 60.0)
    log.write(events=5)
    async with new_hub() as hub:
        live = Reader(log.end())
        await joined(hub, live)
        render.poisoned = ("each", 1)
        behind = Reader(Cursor("e1", 2), ("each", 1))
        socket, _ = played_socket(behind)
        await hub.join(socket, "org", {"list": (behind.topic, behind.cursor)}, ())
        await until(lambda: len(render.calls) == 1)

        for number in range(6, 16):
            log.write()
            hub.announce("org")
            await until(lambda number=number: live.taken[-1:] == [number])

        assert (live.resyncs, behind.resyncs) == (0, 0)


async def test_watching_something_else_replaces_what_was_watched(new_hub: NewHub, log: PlayedLog) -> None:
    log.write(events=4)
    async with new_hub() as hub:
        listed, thread = Reader(log.end()), Reader(log.end(), ("each", 2), slot="thread")
        wire = await joined(hub, listed, thread)
        other = Reader(Cursor("e1", 2), ("each", 3), slot="thread")
        wire.readers = (listed, thread, other)
        assert wire.socket is not None

        await hub.watch(wire.socket, {"list": (EVERYTHING, Cursor("e1", 0)), "thread": (other.topic, other.cursor)})
        log.write(events=2)
        hub.announce("org")

        await until(lambda: other.taken == [3, 6])
        assert (listed.taken, thread.taken) == ([5, 6], [])
        assert hub.state.topics == 2


async def test_who_left_is_shown_nothing_more(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        gone, stays = Reader(log.end()), Reader(log.end())
        wire = await joined(hub, gone)
        await joined(hub, stays)
        assert wire.socket is not None

        hub.leave(wire.socket)
        hub.leave(wire.socket)
        log.write()
        hub.announce("org")

        await until(lambda: stays.taken == [1])
        assert gone.taken == []
        assert hub.state.sockets == 1


async def test_a_channel_without_sockets_is_neither_read_nor_kept(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub(poll_seconds=0.01) as hub:
        wire = await joined(hub, Reader(log.end()))
        assert wire.socket is not None
        hub.leave(wire.socket)
        log.reads.clear()

        log.write()
        hub.announce("org")
        other = Reader(log.end("other"))
        socket, _ = played_socket(other)
        await hub.join(socket, "other", {"list": (EVERYTHING, other.cursor)}, ())
        queries = log.head_queries
        await until(lambda: other.beats and log.head_queries > queries + 2)

        assert log.reads == []


async def test_channels_do_not_see_each_other(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        ours, theirs = Reader(Cursor("e1", 0)), Reader(Cursor("e1", 0))
        for channel, reader in (("ours", ours), ("theirs", theirs)):
            socket, _ = played_socket(reader)
            await hub.join(socket, channel, {"list": (EVERYTHING, reader.cursor)}, ())
        await until(lambda: ours.beats and theirs.beats)

        log.write("ours", 2)
        hub.announce("ours")
        hub.announce("theirs")

        await until(lambda: ours.taken == [1, 2])
        assert theirs.taken == []


async def test_events_nobody_announced_are_found_by_one_query_for_all_channels(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub(poll_seconds=0.05) as hub:
        readers = {f"org {number}": Reader(Cursor("e1", 0)) for number in range(30)}
        for channel, reader in readers.items():
            socket, _ = played_socket(reader)
            await hub.join(socket, channel, {"list": (EVERYTHING, reader.cursor)}, ())
        await until(lambda: all(reader.beats for reader in readers.values()))
        log.reads.clear()
        queries = log.head_queries

        for channel in list(readers)[:5]:
            log.write(channel)

        await until(lambda: sum(len(reader.taken) for reader in readers.values()) == 5)
        assert Counter(channel for channel, _, _ in log.reads) == Counter(list(readers)[:5])
        assert log.head_queries - queries < 5


async def test_a_long_piece_of_log_is_shown_in_order_piece_by_piece(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub(catch_up_limit=10) as hub:
        reader = Reader(log.end())
        await joined(hub, reader)

        log.write(events=95)
        hub.announce("org")

        await until(lambda: reader.taken == list(range(1, 96)))


async def test_a_beat_tells_how_far_the_socket_has_been_shown_everything(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub(beat_seconds=0.1) as hub:
        quiet = Reader(log.end(), ("each", 100))
        await joined(hub, quiet)
        log.write(events=3)
        hub.announce("org")

        await until(lambda: quiet.cursor == Cursor("e1", 3))
        beats = quiet.beats
        assert await until(lambda: quiet.beats >= beats + 3) < 1.0


async def test_a_socket_that_is_not_caught_up_yet_beats_without_a_head(new_hub: NewHub, log: PlayedLog) -> None:
    log.write(events=3)
    log.is_away = True
    async with new_hub(beat_seconds=0.1) as hub:
        reader = Reader(Cursor("e1", 1))
        socket, _ = played_socket(reader)
        await hub.join(socket, "org", {"list": (EVERYTHING, reader.cursor)}, ())

        await until(lambda: reader.beats)

        signals = [json.loads(frame) for frame in reader.frames]
        assert {"t": "beat"} in signals
        assert not any("head" in signal for signal in signals)
        log.is_away = False
        await until(lambda: reader.taken == [2, 3])


async def test_dismissing_a_key_closes_its_sockets_and_no_others(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        gone = [Reader(log.end()) for _ in range(3)]
        gone_wires = [await joined(hub, reader, keys=("user 1", "session 1")) for reader in gone]
        stays = await joined(hub, Reader(log.end()), keys=("user 2", "session 1"))

        hub.dismiss("user 1")
        log.write()
        hub.announce("org")

        await until(lambda: stays.readers[0].taken == [1])
        assert [wire.closed_with for wire in gone_wires] == [4401] * 3
        assert stays.closed_with is None
        assert all(reader.taken == [] for reader in gone)


async def test_the_keys_are_those_of_the_sockets_that_are_here(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        wire = await joined(hub, Reader(log.end()), keys=("user 1", "session 1"))
        await joined(hub, Reader(log.end()), keys=("user 1", "session 2"))
        assert set(hub.keys) == {"user 1", "session 1", "session 2"}
        assert wire.socket is not None

        hub.leave(wire.socket)

        assert set(hub.keys) == {"user 1", "session 2"}


async def test_draining_closes_every_socket_with_1012_spread_over_the_time(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        wires = [await joined(hub, Reader(log.end())) for _ in range(50)]
        draining = asyncio.create_task(hub.drain(spread_seconds=0.4))
        await until(lambda: any(wire.closed_with for wire in wires))
        assert sum(wire.closed_with is not None for wire in wires) < 50

        late, late_wire = played_socket(Reader())
        await hub.join(late, "org", {}, ())
        await draining

        assert [wire.closed_with for wire in (*wires, late_wire)] == [1012] * 51
        assert hub.state.draining


async def test_those_whose_turn_has_not_come_are_shown_what_happens_meanwhile(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        readers = [Reader(log.end()) for _ in range(50)]
        wires = [await joined(hub, reader) for reader in readers]
        draining = asyncio.create_task(hub.drain(spread_seconds=60.0))
        await until(lambda: any(wire.closed_with for wire in wires))
        log.write()
        hub.announce("org")

        await until(lambda: sum(reader.taken == [1] for reader in readers) > 10)

        draining.cancel()


async def test_few_sockets_are_let_go_quickly_whatever_time_there_is(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        wires = [await joined(hub, Reader(log.end())) for _ in range(3)]
        async with asyncio.timeout(2.0):
            await hub.drain(spread_seconds=60.0)
        assert [wire.closed_with for wire in wires] == [1012] * 3


async def test_stopping_amid_the_draining_closes_the_rest_at_once(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        wires = [await joined(hub, Reader(log.end())) for _ in range(50)]
        draining = asyncio.create_task(hub.drain(spread_seconds=60.0))
        await until(lambda: any(wire.closed_with for wire in wires))
        draining.cancel()

        await hub.stop()

        assert [wire.closed_with for wire in wires] == [1012] * 50


async def test_the_state_counts_what_happens(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub() as hub:
        await joined(hub, Reader(log.end(), slot="list"), Reader(log.end(), ("each", 2), slot="thread"))
        await joined(hub, Reader(log.end()))
        log.write(events=2)
        hub.announce("org")
        await until(lambda: hub.state.frames_sent == 3)

        state = hub.state

        assert (state.sockets, state.topics, state.healthy, state.lag) == (2, 2, True, 0.0)
        assert (state.overflows, state.resyncs, state.ignored_messages) == (0, 0, 0)
        assert 0.0 <= state.last_hint_age < 5.0


async def test_readers_are_told_that_the_logs_cannot_be_read_and_that_they_can_again(
    new_hub: NewHub, log: PlayedLog
) -> None:
    def said(reader: Reader) -> list[bool]:
        signals = [json.loads(frame) for frame in reader.frames if frame.startswith("{")]
        return [signal["well"] for signal in signals if signal["t"] == "source"]

    async with new_hub(poll_seconds=60.0) as hub:
        reader, latecomer = Reader(log.end()), Reader(log.end())
        await joined(hub, reader)
        await until(lambda: reader.beats)
        assert said(reader) == []

        log.is_away = True
        hub.look()
        await until(lambda: said(reader) == [False])
        await joined(hub, latecomer)
        assert said(latecomer) == [False]

        log.is_away = False
        await until(lambda: said(reader) == [False, True])
        await until(lambda: said(latecomer) == [False, True])
        log.write()
        hub.announce("org")
        await until(lambda: reader.taken == latecomer.taken == [1])
