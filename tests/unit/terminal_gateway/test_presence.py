from contracts.operations import COMMAND_STALE_S, HEARTBEAT_EVERY_S, Recovering, Unreachable
from terminal_gateway.presence import BEATS_KEPT, REFUSALS_KEPT, Presence
from testkit.clock import FakeClock


def test_a_heartbeat_ages_by_our_own_clock() -> None:
    clock = FakeClock()
    presence = Presence(clock)
    number = presence.beat()
    clock.advance(3.0)
    assert presence.age_s(number) == 3.0
    assert presence.number == number == 1


def test_a_number_that_was_never_sent_has_no_age() -> None:
    presence = Presence(FakeClock())
    presence.beat()
    assert presence.age_s(0) is None
    assert presence.age_s(2) is None


def test_every_number_that_can_still_be_fresh_is_remembered() -> None:
    clock = FakeClock()
    presence = Presence(clock)
    for _ in range(100):
        presence.beat()
        clock.advance(HEARTBEAT_EVERY_S)
    oldest_fresh = 100 - int(COMMAND_STALE_S / HEARTBEAT_EVERY_S) + 1
    assert presence.age_s(oldest_fresh) is not None
    assert presence.age_s(100 - BEATS_KEPT) is None


def test_a_new_epoch_forgets_the_numbers_of_the_old() -> None:
    presence = Presence(FakeClock())
    presence.beat()
    presence.take(2)
    assert presence.age_s(1) is None
    assert presence.number == 0


def test_only_a_higher_epoch_fences_and_says_so_once() -> None:
    presence = Presence(FakeClock())
    assert not presence.see(9), "nothing was claimed yet"
    presence.take(2)
    assert not presence.see(1)
    assert not presence.see(2)
    assert presence.see(3)
    assert presence.fenced
    assert not presence.see(4)


def test_a_refused_start_is_remembered_as_long_as_its_stamp_can_be_fresh() -> None:
    clock = FakeClock()
    presence = Presence(clock)
    presence.refuse("first", Unreachable())
    clock.advance(COMMAND_STALE_S)
    presence.refuse("second", Recovering())
    assert presence.refused("first") == Unreachable()
    clock.advance(0.001)
    presence.refuse("third", Recovering())
    assert presence.refused("first") is None
    assert presence.refused("second") == presence.refused("third") == Recovering()


def test_the_first_refusal_stands() -> None:
    presence = Presence(FakeClock())
    presence.refuse("it", Unreachable())
    presence.refuse("it", Recovering())
    assert presence.refused("it") == Unreachable()


def test_no_more_refusals_are_remembered_than_the_bound() -> None:
    presence = Presence(FakeClock())
    for number in range(REFUSALS_KEPT + 1):
        presence.refuse(str(number), Unreachable())
    assert presence.refused("0") is None
    assert presence.refused("1") == presence.refused(str(REFUSALS_KEPT)) == Unreachable()
