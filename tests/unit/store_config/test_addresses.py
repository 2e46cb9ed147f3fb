import pytest
from hypothesis import given
from hypothesis import strategies as st

from store_config.addresses import host_stands


@pytest.mark.parametrize(
    "host",
    [
        "192.168.0.9",
        "10.1.2.3",
        "127.0.0.1",
        "203.0.113.9",
        "fd00::9",
        "::1",
        "receipt",
        "receipt.local",
        "printer-2.shop.example",
        "a" * 63 + ".local",
    ],
)
def test_the_address_or_the_name_of_one_machine_stands(host: str) -> None:
    assert host_stands(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "0.0.0.0",  # noqa: S104 - refused, not bound
        "::",
        "::ffff:0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "ff02::1",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fe80::1",
        "fd00::9%eth0",
        "240.0.0.1",
        "0",
        "127.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "1.2.3.256",
        "printer:9100",
        "[::1]",
        "http://printer",
        "printer/../x",
        "user@printer",
        " printer",
        "printer\n",
        "print er",
        "printer\x1b@",
        "プリンター",
        "-printer",
        "printer-",
        "a..b",
        ".printer",
        "printer.",
        "a" * 64,
    ],
)
def test_anything_else_does_not(host: str) -> None:
    assert not host_stands(host)


@given(st.text(max_size=300))
def test_whatever_is_given_what_stands_is_plain_ascii_of_one_word(host: str) -> None:
    if host_stands(host):
        assert host.isascii()
        assert all(each.isalnum() or each in ".:-" for each in host)
