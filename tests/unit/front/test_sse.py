"""The wire form of events."""

from front import sse


def test_an_event_has_its_name_number_and_data() -> None:
    assert sse.frame(b"{}", event="screen") == b"event: screen\ndata: {}\n\n"
    assert sse.frame(b"{}", sequence=7) == b"id: 7\ndata: {}\n\n"


def test_comments_and_the_opening_end_like_events() -> None:
    for chunk in (sse.HEARTBEAT, sse.OPENING, sse.GOODBYE):
        assert chunk.endswith(b"\n\n")
        assert b"data:" not in chunk
