from messaging import dead


def headers(payload: bytes, **more: object) -> dict[str, str]:
    return dead.headers(by="checkout", source="evt.x", payload=payload, reason="a\nb", **more)  # pyright: ignore[reportArgumentType]  # a shorthand of this test


def test_they_say_who_why_and_from_where() -> None:
    told = headers(b"x", stream="SALES", sequence=7, attempts=2, original={"Nats-Msg-Id": "id-1"})
    assert told == {
        "Nats-Msg-Id": "dead:checkout:evt.x:SALES:7",
        "Renkei-Dead-By": "checkout",
        "Renkei-Dead-Subject": "evt.x",
        "Renkei-Dead-Reason": "a b",
        "Renkei-Dead-Stream": "SALES",
        "Renkei-Dead-Sequence": "7",
        "Renkei-Dead-Attempts": "2",
        "Renkei-Dead-Message-Id": "id-1",
    }


def test_the_same_message_has_the_same_id_and_another_one_has_not() -> None:
    assert headers(b"x") == headers(b"x")
    assert headers(b"x")["Nats-Msg-Id"] != headers(b"y")["Nats-Msg-Id"]


def test_the_trace_goes_along_and_a_long_reason_is_cut() -> None:
    told = dead.headers(
        by="b", source="s", payload=b"", reason="r" * 10_000, original={"traceparent": "t"}
    )
    assert told["traceparent"] == "t"
    assert len(told["Renkei-Dead-Reason"]) == dead.REASON_LENGTH_MAX
