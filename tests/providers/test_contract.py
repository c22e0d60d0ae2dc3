"""The order of statuses that the whole product builds on."""

import pytest

from providers.contract import DeliveryStatus as Status


def test_a_text_moves_up_through_the_ranks_on_its_way() -> None:
    way = [Status.QUEUED, Status.CLAIMED, Status.ACCEPTED, Status.SENDING, Status.SENT, Status.DELIVERED]
    assert [status.rank for status in [*way, Status.READ]] == [0, 1, 2, 3, 4, 5, 6]


def test_whether_the_provider_took_a_text_is_settled_by_any_word_of_the_provider() -> None:
    assert Status.UNKNOWN.rank == Status.CLAIMED.rank < Status.ACCEPTED.rank


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_rank_and_every_failure_is_final(status: Status) -> None:
    assert 0 <= status.rank <= 6
    assert status.is_final or not status.is_failure


def test_the_final_statuses_are_those_after_which_nothing_is_sent() -> None:
    assert {status.value for status in Status if status.is_final} == {
        "delivered",
        "undelivered",
        "failed",
        "canceled",
        "read",
        "received",
    }
    assert {status.value for status in Status if status.is_failure} == {"undelivered", "failed", "canceled"}
