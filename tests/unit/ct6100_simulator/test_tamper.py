from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ct6100.frames import Damaged, Frame, FrameKind, FrameReader, encode_frame
from ct6100_simulator.tamper import Tamper

FRAMES = [
    (FrameKind.DATA, b"\x01\x02\x44first"),
    (FrameKind.ACK, b""),
    (FrameKind.DATA, b""),
    (FrameKind.ENQUIRE, b""),
    (FrameKind.DATA, b"\x02" * 40),
    (FrameKind.NAK, b""),
    (FrameKind.DATA, bytes(range(256))),
]


def stream(*, noise: bytes = b"") -> bytes:
    return b"".join(
        noise + encode_frame(kind, number, payload) for number, (kind, payload) in enumerate(FRAMES)
    )


def arrived(data: bytes) -> tuple[list[int], int]:
    """Return the sequences of the sound frames and how many others were damaged."""
    reader = FrameReader()
    reader.push(data)
    sound: list[int] = []
    damaged = 0
    while (item := reader.next()) is not None:
        if isinstance(item, Frame):
            sound.append(item.sequence)
        damaged += isinstance(item, Damaged)
    return sound, damaged


@pytest.mark.parametrize(
    ("every", "sound"), [(2, [0, 1, 3, 4, 5]), (3, [0, 1, 2, 3, 5, 6]), (4, [0, 1, 2, 3, 4, 5])]
)
def test_every_nth_data_frame_is_damaged_and_nothing_else(every: int, sound: list[int]) -> None:
    kept, damaged = arrived(Tamper(every).passed(stream()))
    assert kept == sound
    assert damaged >= 1


def test_noise_between_frames_does_not_confuse_it() -> None:
    tampered = Tamper(2).passed(stream(noise=b"\x02\x44noise\x02"))
    assert arrived(tampered)[0] == [0, 1, 3, 4, 5]


@given(cuts=st.lists(st.integers(0, len(stream())), max_size=8), every=st.integers(2, 5))
def test_where_tcp_cuts_the_stream_makes_no_difference_and_nothing_is_held_back(
    cuts: list[int], every: int
) -> None:
    whole = stream()
    tamper, out = Tamper(every), b""
    edges = [0, *sorted(cuts), len(whole)]
    for start, end in pairwise(edges):
        piece = tamper.passed(whole[start:end])
        assert len(piece) == end - start
        out += piece
    assert out == Tamper(every).passed(whole)
