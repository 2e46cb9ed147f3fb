import asyncio

import msgspec

from contracts.envelope import Actor, Answer, Call, Refusal, Role
from contracts.stores import (
    Confirmed,
    ConfirmOperator,
    LoggedIn,
    LogIn,
    LogOut,
    ResolveSession,
    Session,
)
from store_config.memory import MemoryPasswords, MemoryPeople
from store_config.model import Operator
from store_config.people import PeopleHandlers, digest_of
from testkit.clock import CountingIds, FakeClock


class House:
    """The handlers over twins."""

    def __init__(self) -> None:
        self.people = MemoryPeople(
            tuple(
                Operator(
                    company=company,
                    company_name="デモチェーン",
                    operator=role,
                    name=name,
                    role=role,
                    stores=("S001",),
                    password_hash=password_hash,
                )
                for company, role, name, password_hash in (
                    ("DEMO", Role.CASHIER, "佐藤 花子", "terces"),
                    ("OTHER", Role.CASHIER, "佐藤 花子", "terces"),
                    ("DEMO", Role.MANAGER, "鈴木 一郎", "ssob"),
                )
            )
        )
        self.passwords = MemoryPasswords()
        self.clock = FakeClock()
        self.handlers = PeopleHandlers(self.people, self.passwords, self.clock, CountingIds())

    async def log_in(
        self, password: str, operator: str = "cashier", address: str = "10.0.0.1"
    ) -> Answer:
        return await self.handlers.log_in(
            LogIn(company_code="DEMO", operator_code=operator, password=password, address=address)
        )

    async def confirm(
        self,
        password: str,
        operator: str = "manager",
        company: str = "DEMO",
        role: Role = Role.CASHIER,
    ) -> Answer:
        asked = ConfirmOperator(operator_code=operator, password=password, address="10.0.0.1")
        actor = Actor(company=company, operator="cashier", role=role)
        return await self.handlers.confirm_operator(Call(actor=actor, body=asked))

    async def token(self) -> str:
        answer = await self.log_in("secret")
        return msgspec.json.decode(answer.body, type=LoggedIn).token

    async def resolve(self, token: str) -> str:
        return (await self.handlers.resolve_session(ResolveSession(token=token))).outcome


async def test_whoever_knows_the_password_gets_a_token_that_stands_for_him() -> None:
    house = House()
    answer = await house.log_in("secret")
    logged_in = msgspec.json.decode(answer.body, type=LoggedIn)
    assert (logged_in.operator, logged_in.name, logged_in.role) == (
        "cashier",
        "佐藤 花子",
        Role.CASHIER,
    )
    answer = await house.handlers.resolve_session(ResolveSession(token=logged_in.token))
    session = msgspec.json.decode(answer.body, type=Session)
    assert (session.company, session.operator, session.stores) == ("DEMO", "cashier", ("S001",))
    assert session.expires_at == logged_in.expires_at


async def test_only_the_digest_of_a_token_is_kept() -> None:
    house = House()
    token = await house.token()
    assert await house.people.session(token.encode()) is None
    assert await house.people.session(digest_of(token)) is not None


async def test_a_wrong_password_and_a_wrong_name_get_the_same_words_after_the_same_work() -> None:
    house = House()
    password = await house.log_in("wrong")
    assert house.passwords.measured == 1
    name = await house.log_in("secret", operator="nobody")
    assert house.passwords.measured == 2
    assert password == name
    assert password.outcome == "invalid_credentials"


async def test_the_sixth_attempt_waits_and_is_told_how_long() -> None:
    house = House()
    for _ in range(5):
        assert (await house.log_in("wrong")).outcome == "invalid_credentials"
    answer = await house.log_in("secret")
    assert answer.outcome == "too_many_attempts"
    assert msgspec.json.decode(answer.body, type=Refusal).fields == {"retry_after": 1}
    assert house.passwords.measured == 5
    house.clock.advance(1)
    assert (await house.log_in("secret")).outcome == "ok"
    assert (await house.log_in("wrong")).outcome == "invalid_credentials"
    assert (await house.log_in("secret")).outcome == "ok"


async def test_a_name_that_does_not_exist_is_locked_out_alike() -> None:
    house = House()
    outcomes = [(await house.log_in("x", operator="nobody")).outcome for _ in range(6)]
    assert outcomes == ["invalid_credentials"] * 5 + ["too_many_attempts"]


async def test_guesses_from_elsewhere_lock_out_nobody_here() -> None:
    house = House()
    for _ in range(6):
        await house.log_in("wrong", address="10.6.6.6")
    assert (await house.log_in("secret")).outcome == "ok"


async def test_a_burst_of_guesses_cannot_outrun_the_count() -> None:
    house = House()
    answers = await asyncio.gather(*(house.log_in("wrong") for _ in range(50)))
    tried = [each for each in answers if each.outcome == "invalid_credentials"]
    assert len(tried) == 5


async def test_many_registers_may_log_in_at_once() -> None:
    house = House()
    answers = await asyncio.gather(*(house.log_in("secret") for _ in range(64)))
    assert {each.outcome for each in answers} == {"ok"}


async def test_a_token_ends_by_logging_out() -> None:
    house = House()
    token = await house.token()
    assert (await house.handlers.log_out(LogOut(token=token))).outcome == "ok"
    assert await house.resolve(token) == "not_authenticated"
    assert (await house.handlers.log_out(LogOut(token=token))).outcome == "ok"


async def test_a_token_ends_by_lying_about_and_lives_on_by_use_but_not_beyond_a_day() -> None:
    house = House()
    idle, used = await house.token(), await house.token()
    house.clock.advance(11.9 * 3600)
    assert await house.resolve(used) == "ok"
    house.clock.advance(0.2 * 3600)
    assert await house.resolve(idle) == "not_authenticated"
    assert await house.resolve(used) == "ok"
    house.clock.advance(11.8 * 3600)
    assert await house.resolve(used) == "ok"
    house.clock.advance(0.2 * 3600)
    assert await house.resolve(used) == "not_authenticated"


async def test_an_unknown_token_is_nobodys() -> None:
    assert await House().resolve("made up") == "not_authenticated"


async def test_a_manager_confirms_on_somebody_elses_register_and_no_session_is_opened() -> None:
    house = House()
    answer = await house.confirm("boss")
    assert answer.outcome == "ok"
    assert msgspec.json.decode(answer.body, type=Confirmed) == Confirmed(
        operator="manager", name="鈴木 一郎", role=Role.MANAGER, stores=("S001",)
    )
    assert b"token" not in bytes(answer.body)


async def test_a_confirmation_tells_nothing_of_what_was_wrong_and_takes_the_same_work() -> None:
    house = House()
    answers = [
        await house.confirm("wrong"),
        await house.confirm("boss", operator="nobody"),
        await house.confirm("boss", company="OTHER"),
    ]
    assert house.passwords.measured == 3
    assert answers[0] == answers[1] == answers[2]
    assert answers[0].outcome == "authorisation_refused"


async def test_confirmations_and_log_ins_are_counted_together() -> None:
    house = House()
    for _ in range(3):
        assert (await house.confirm("wrong")).outcome == "authorisation_refused"
        await house.log_in("wrong", operator="manager")
    answer = await house.confirm("boss")
    assert answer.outcome == "too_many_attempts"
    assert msgspec.json.decode(answer.body, type=Refusal).fields == {"retry_after": 1}
    assert (await house.log_in("boss", operator="manager")).outcome == "too_many_attempts"
    house.clock.advance(2)
    assert (await house.confirm("boss")).outcome == "ok"
    assert (await house.confirm("wrong")).outcome == "authorisation_refused"
    assert (await house.confirm("boss")).outcome == "ok"


async def test_a_burst_of_confirmations_cannot_outrun_the_count_either() -> None:
    house = House()
    answers = await asyncio.gather(*(house.confirm("wrong") for _ in range(50)))
    tried = [each for each in answers if each.outcome == "authorisation_refused"]
    assert len(tried) == 5


async def test_a_partner_has_nobody_to_ask_about() -> None:
    house = House()
    assert (await house.confirm("boss", role=Role.PARTNER)).outcome == "not_permitted"
    assert house.passwords.measured == 0
