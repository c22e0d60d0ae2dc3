"""The arithmetic of many organisations: where their sockets are decides how often an event is read and rendered."""

from dataclasses import replace

import pytest

from bench import scale
from bench.scale import MEASURED, Assumed, Cost, Way

USED = Assumed()


def test_two_sockets_at_two_processes_are_at_one_and_a_half_of_them() -> None:
    assert scale.occupied(2, 2) == 1.5
    assert scale.occupied(10, 1) == pytest.approx(1)
    assert scale.occupied(10, 1_000) == pytest.approx(10)


def test_an_organisation_at_one_process_is_read_and_rendered_once() -> None:
    together, anywhere = (scale.need(USED, MEASURED, way) for way in (Way.TOGETHER, Way.ANYWHERE))
    assert together.readers == 1
    assert together.renderings == USED.views + 1
    assert anywhere.readers > 1
    assert anywhere.showing > together.showing
    assert anywhere.writing == together.writing


def test_twice_the_organisations_keep_twice_the_cores_busy() -> None:
    once = scale.need(USED, MEASURED, Way.TOGETHER)
    twice = replace(USED, organisations=2 * USED.organisations, sockets=2 * USED.sockets)
    doubled = scale.need(twice, MEASURED, Way.TOGETHER)
    assert doubled.showing == pytest.approx(2 * once.showing)
    assert doubled.writing == pytest.approx(2 * once.writing)
    assert doubled.database == pytest.approx(2 * once.database)
    assert doubled.workers == pytest.approx(2 * once.workers)


def test_what_every_process_hears_fills_them_all_however_many_there_are() -> None:
    heard = scale.need(USED, MEASURED, Way.TOGETHER).presence
    louder = replace(USED, word_seconds=USED.word_seconds * heard / 10)
    with pytest.raises(scale.TooMuch):
        scale.need(louder, MEASURED, Way.TOGETHER)


def test_as_many_processes_as_the_busy_cores_and_the_sockets_ask_for() -> None:
    found = scale.need(USED, MEASURED, Way.ANYWHERE)
    assert found.web <= found.webs * USED.busy
    assert found.webs * USED.sockets_a_process >= USED.sockets


def test_sockets_apart_from_pages_are_at_fewer_processes_and_rendered_less_often() -> None:
    apart, anywhere = (scale.need(USED, MEASURED, way) for way in (Way.APART, Way.ANYWHERE))
    assert apart.sockets_at < anywhere.sockets_at
    assert apart.renderings < anywhere.renderings
    assert apart.pages == anywhere.pages


def test_a_second_holds_what_the_organisations_do_in_a_minute() -> None:
    one = replace(USED, organisations=60, sockets=6_000, beat_seconds=20, views=1, on_shared=0.5, open_threads=1)
    happens = scale.load(replace(one, texts_in=1, texts_out=2, reports=2, acts=3))
    assert (happens.listed, happens.unlisted, happens.texts_in, happens.texts_out) == (6, 4, 1, 2)
    # 50 on Shared, two frames for the one concerned, one open conversation for each of 10 events, and the beats.
    assert happens.frames == 6 * 52 + 10 + 300


def test_a_page_that_takes_twice_as_long_keeps_twice_the_cores_busy_with_pages() -> None:
    slower = replace(MEASURED, page=Cost(2 * MEASURED.page.ours, MEASURED.page.database))
    once, twice = (scale.need(USED, cost, Way.TOGETHER) for cost in (MEASURED, slower))
    assert twice.pages == pytest.approx(2 * once.pages)
    assert twice.showing == once.showing


def test_the_report_has_a_column_for_each_way_of_placing_the_sockets() -> None:
    told = scale.report(USED, MEASURED)
    assert list(told.lines[0]) == ["", *Way]
    assert "1,000 organisations, 100,000 sockets" in told.text()
