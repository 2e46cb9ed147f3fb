import pytest
from hypothesis import given
from hypothesis import strategies as st

from ct6100_simulator.escpos import Command, Oversize, read

WHOLE = (
    (b"\x1b@", "ESC @", b""),
    (b"\x1b!\x38", "ESC !", b"\x38"),
    (b"\x1bp\x00\x19\xfa", "ESC p", b"\x00\x19\xfa"),
    (b"\x1bD\x08\x10\x00", "ESC D", b"\x08\x10\x00"),
    (b"\x1bc5\x01", "ESC c 5", b"\x01"),
    (b"\x1b*\x21\x02\x00abcdef", "ESC *", b"\x21\x02\x00abcdef"),
    (b"\x1b*\x00\x02\x00ab", "ESC *", b"\x00\x02\x00ab"),
    (b"\x1b&\x03\x41\x42\x01abc\x02abcdef", "ESC &", b"\x03\x41\x42\x01abc\x02abcdef"),
    (b"\x1cC\x01", "FS C", b"\x01"),
    (b"\x1c2\x77\x21" + b"k" * 72, "FS 2", b"\x77\x21" + b"k" * 72),
    (b"\x1c(A\x02\x00\x30\x01", "FS ( A", b"\x02\x00\x30\x01"),
    (b"\x1dV\x00", "GS V", b"\x00"),
    (b"\x1dV\x42\x10", "GS V", b"\x42\x10"),
    (b"\x1dv0\x00\x01\x00\x02\x00ab", "GS v 0", b"\x00\x01\x00\x02\x00ab"),
    (b"\x1d(H\x06\x0000abcd", "GS ( H", b"\x06\x0000abcd"),
    (b"\x1d(!\x01\x00x", "GS ( !", b"\x01\x00x"),
    (b"\x1d8L\x02\x00\x00\x0002", "GS 8 L", b"\x02\x00\x00\x0002"),
    (b"\x1dk\x04ABC\x00", "GS k", b"\x04ABC\x00"),
    (b"\x1dk\x49\x03{B1", "GS k", b"\x49\x03{B1"),
    (b"\x10\x04\x01", "DLE 0x04", b"\x01"),
    (b"\x10\x14\x01\x00\x01", "DLE 0x14", b"\x01\x00\x01"),
    (b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", "DLE 0x14", b"\x08\x01\x03\x14\x01\x06\x02\x08"),
)


@pytest.mark.parametrize(("sent", "name", "data"), WHOLE, ids=lambda value: str(value)[:20])
def test_a_command_ends_where_the_reference_says_and_not_before(
    sent: bytes, name: str, data: bytes
) -> None:
    for size in range(len(sent)):
        assert read(sent[:size], 0, 4_096) is None, size
    for more in (b"", b"\x1b", b"text"):
        command = read(b"xy" + sent + more, 2, 4_096)
        assert isinstance(command, Command)
        assert (command.name, command.data, command.size) == (name, data, len(sent))


def test_a_code_that_nobody_described_stands_alone() -> None:
    command = read(b"\x1b\x7fabc", 0, 4_096)
    assert isinstance(command, Command)
    assert (command.name, command.size, command.known) == ("ESC 0x7f", 2, False)


def test_a_command_that_claims_more_than_fits_is_told_with_its_size() -> None:
    assert read(b"\x1d8L\xff\xff\xff\xff0p", 0, 4_096) == Oversize(b"\x1d8L", 3 + 4 + 2**32 - 1)
    assert read(b"\x1dv0\x00\xff\xff\xff\xff", 0, 4_096) == Oversize(b"\x1dv0", 8 + 65_535**2)


def test_a_list_that_never_ends_ends_all_the_same() -> None:
    for opener in (b"\x1bD", b"\x1dk\x04"):
        command = read(opener + b"A" * 300, 0, 4_096)
        assert isinstance(command, Command)
        assert command.size <= 260


@given(st.sampled_from([b"\x1b", b"\x1c", b"\x1d", b"\x10"]), st.binary(max_size=64))
def test_whatever_follows_an_opener_something_is_read_or_awaited(
    opener: bytes, rest: bytes
) -> None:
    command = read(opener + rest, 0, 4_096)
    if isinstance(command, Command):
        assert 2 <= command.size <= 1 + len(rest)
