from datetime import datetime

from ct6100.codec import encode
from ct6100.frames import FrameKind, encode_frame
from ct6100.messages import MerchantNumber, Ping, Start
from ct6100.records import Kind
from ct6100_simulator.wire import CHUNKS_MAX, TO_GATEWAY, TO_TERMINAL, Decoder, Wire, describe
from testkit.terminals import MORNING

ID = "0192f1c0-0000-7000-8000-000000000001"
START = Start(operation_id=ID, kind=Kind.PAYMENT, amount=1_650)


def wire(*chunks: tuple[str, bytes], at: datetime = MORNING) -> Wire:
    made = Wire()
    for way, data in chunks:
        made.add(at, way, data)
    return made


def test_a_frame_becomes_one_line_with_its_message() -> None:
    frame = encode_frame(FrameKind.DATA, 3, encode(START))
    (line,) = Decoder().lines(wire((TO_TERMINAL, frame)))
    assert line.text == "#3 Start operation_id=0192f1c0… kind=payment amount=¥1,650"
    assert (line.at, line.way, line.quiet) == ("15:45:05.000", TO_TERMINAL, False)


def test_a_split_frame_is_one_line_and_both_ways_are_kept_apart() -> None:
    frame = encode_frame(FrameKind.DATA, 0, encode(Ping(request=1)))
    ack = encode_frame(FrameKind.ACK, 9)
    lines = Decoder().lines(
        wire((TO_TERMINAL, frame[:4]), (TO_GATEWAY, ack), (TO_TERMINAL, frame[4:]))
    )
    assert [line.text for line in lines] == ["ACK 9", "#0 Ping request=1"]


def test_what_is_no_frame_is_told_and_nothing_breaks() -> None:
    damaged = bytearray(encode_frame(FrameKind.DATA, 0, encode(Ping(request=1))))
    damaged[-1] ^= 0xFF
    unreadable = encode_frame(FrameKind.DATA, 1, b"\xff\xff")
    texts = [
        line.text
        for line in Decoder().lines(
            wire((TO_TERMINAL, b"hello"), (TO_TERMINAL, bytes(damaged)), (TO_GATEWAY, unreadable))
        )
    ]
    assert texts[0] == "(5 bytes of no frame)"
    assert "(damaged frame)" in texts
    assert texts[-1].startswith("#1 (unreadable")


def test_only_what_is_new_is_decoded_and_old_chunks_go() -> None:
    log = wire()
    decoder = Decoder()
    for _ in range(CHUNKS_MAX + 5):
        log.add(MORNING, TO_GATEWAY, encode_frame(FrameKind.ENQUIRE, 0))
    assert len(list(decoder.lines(log))) == CHUNKS_MAX
    assert list(decoder.lines(log)) == []


def test_a_description_has_no_long_fields() -> None:
    assert describe(START) == "Start operation_id=0192f1c0… kind=payment amount=¥1,650"


def test_the_merchants_number_does_not_stand_in_the_log() -> None:
    told = MerchantNumber(request=7, number=3, mask="6900 1111 0023 0***")
    (line,) = Decoder().lines(wire((TO_GATEWAY, encode_frame(FrameKind.DATA, 0, encode(told)))))
    assert line.text == "#0 MerchantNumber request=7 number=3 mask=…"
