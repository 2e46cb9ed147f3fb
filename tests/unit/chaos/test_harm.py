import random
from datetime import UTC, datetime, timedelta
from itertools import islice

from chaos.harm import CENTRE, NOBODY, Doubt, Harm, after_healing_s, counted, quantile, rounds

NOON = datetime(2026, 5, 25, 12, tzinfo=UTC)
STORE = "C001"


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def harm(began: float, healed: float, scope: str = CENTRE) -> Harm:
    return Harm(kind="kill nats", scope=scope, began=at(began), healed=at(healed))


DOUBT = Doubt(tender="s/1", began=at(10), ended=at(20), scopes=frozenset({CENTRE, STORE}))


def test_a_doubt_is_measured_from_the_last_healing() -> None:
    assert after_healing_s(DOUBT, [harm(8, 12), harm(9, 17), harm(25, 30)]) == 3.0


def test_a_doubt_that_nothing_explains_is_measured_whole() -> None:
    assert after_healing_s(DOUBT, []) == 10.0
    elsewhere = [harm(9, 17, "C002"), harm(9, 17, NOBODY), harm(-50, -40)]
    assert after_healing_s(DOUBT, elsewhere) == 10.0


def test_what_is_healed_before_the_doubt_begins_gives_it_no_time() -> None:
    assert after_healing_s(DOUBT, [harm(3, 5)]) == 10.0


def test_a_doubt_that_ends_while_its_way_is_broken_waited_for_no_healing() -> None:
    assert after_healing_s(DOUBT, [harm(9, 21)]) is None
    assert after_healing_s(DOUBT, [harm(9, 21, "C002")]) == 10.0


def test_every_kind_comes_once_a_round_and_the_seed_decides_when() -> None:
    kinds = ("a", "b", "c", "d")

    def draw(seed: int) -> list[str]:
        rng = random.Random(seed)  # noqa: S311 - chaos, not a secret
        return list(islice(rounds(kinds, rng), 40))

    drawn = draw(7)
    for start in range(0, 40, 4):
        assert sorted(drawn[start : start + 4]) == list(kinds)
    assert (drawn == draw(7), drawn == draw(8)) == (True, False)


def test_a_kind_that_never_struck_counts_zero() -> None:
    assert counted([harm(1, 2), harm(3, 4)], ["kill nats", "WAN cut"]) == {
        "kill nats": 2,
        "WAN cut": 0,
    }


def test_the_quantile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert (quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1.0)) == (51, 100, 100)
    assert quantile([], 0.99) == 0.0
