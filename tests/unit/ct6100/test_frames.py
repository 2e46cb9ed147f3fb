from hypothesis import given, settings
from hypothesis import strategies as st

from ct6100.frames import (
    FRAME_MAX,
    PAYLOAD_MAX,
    STX,
    Damaged,
    Frame,
    FrameKind,
    FrameReader,
    Noise,
    encode_frame,
)

FRAMES = st.builds(
    Frame,
    kind=st.just(FrameKind.DATA),
    sequence=st.integers(0, 255),
    payload=st.binary(max_size=300),
)


def read(reader: FrameReader, data: bytes) -> list[Frame | Noise | Damaged]:
    reader.push(data)
    items: list[Frame | Noise | Damaged] = []
    while (item := reader.next()) is not None:
        items.append(item)
    return items


def encode(frame: Frame) -> bytes:
    return encode_frame(frame.kind, frame.sequence, frame.payload)


@settings(deadline=None)
@given(st.lists(FRAMES, max_size=6), st.data())
def test_frames_come_through_split_at_any_byte(frames: list[Frame], data: st.DataObject) -> None:
    wire = b"".join(map(encode, frames))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=12)))
    reader, got = FrameReader(), list[Frame | Noise | Damaged]()
    for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True):
        got += read(reader, wire[start:end])
    assert got == frames
    assert not reader.held


@settings(deadline=None)
@given(st.binary(max_size=200).filter(lambda noise: STX not in noise), FRAMES)
def test_noise_before_a_frame_is_skipped_and_counted(noise: bytes, frame: Frame) -> None:
    items = read(FrameReader(), noise + encode(frame))
    assert items == ([Noise(len(noise))] if noise else []) + [frame]


@settings(deadline=None)
@given(FRAMES, st.data())
def test_one_flipped_bit_is_never_taken_for_a_frame(frame: Frame, data: st.DataObject) -> None:
    wire = bytearray(encode(frame))
    bit = data.draw(st.integers(0, len(wire) * 8 - 1))
    wire[bit // 8] ^= 1 << (bit % 8)
    assert not [item for item in read(FrameReader(), bytes(wire)) if isinstance(item, Frame)]


def test_a_damaged_frame_is_told_and_the_next_one_is_read() -> None:
    wire = bytearray(encode_frame(FrameKind.DATA, 1, b"hello"))
    wire[8] ^= 0xFF
    items = read(FrameReader(), bytes(wire) + encode_frame(FrameKind.ACK, 9))
    assert items[0] == Damaged()
    assert items[-1] == Frame(FrameKind.ACK, 9)


def test_a_payload_may_be_as_long_as_the_bound_and_no_longer() -> None:
    whole = encode_frame(FrameKind.DATA, 0, b"x" * PAYLOAD_MAX)
    assert len(whole) == FRAME_MAX
    assert read(FrameReader(), whole) == [Frame(FrameKind.DATA, 0, b"x" * PAYLOAD_MAX)]
    head = bytes((FrameKind.DATA, 0)) + (PAYLOAD_MAX + 1).to_bytes(2, "big")
    reader = FrameReader()
    items = read(reader, bytes((STX,)) + head + bytes((~sum(head) & 0xFF,)))
    assert items == [Noise(6)]
    assert not reader.held


def test_an_endless_frame_never_grows_what_is_kept() -> None:
    reader = FrameReader()
    start = encode_frame(FrameKind.DATA, 0, b"x" * PAYLOAD_MAX)[:-1]
    for _ in range(20):
        read(reader, start)
        assert reader.held < FRAME_MAX


def test_a_control_frame_with_a_payload_is_noise() -> None:
    items = read(FrameReader(), encode_frame(FrameKind.ACK, 0, b"x"))
    assert not [item for item in items if isinstance(item, Frame)]


def test_giving_up_a_frame_that_never_ends_reads_what_lay_inside_it() -> None:
    reader = FrameReader()
    inner = encode_frame(FrameKind.ACK, 3)
    unfinished = encode_frame(FrameKind.DATA, 0, b"?" * 50 + inner + b"?" * 50)[:-20]
    assert read(reader, unfinished) == []
    assert reader.held
    reader.give_up()
    assert Frame(FrameKind.ACK, 3) in read(reader, b"")
    reader.clear()
    assert not reader.held


def test_a_damaged_length_is_seen_at_once() -> None:
    wire = bytearray(encode_frame(FrameKind.DATA, 0, b"hello"))
    wire[3] ^= 0x10
    reader = FrameReader()
    read(reader, bytes(wire))
    assert reader.held == 0
