import pytest

from servicekit.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("card 4111111111111111 read", "card 411111******1111 read"),
        ("4111 1111 1111 1111", "411111******1111"),
        ("378282246310005", "378282*****0005"),
        ("4111-1111-1111-1111.", "411111******1111."),
        ("4111.1111.1111.1111", "411111******1111"),
        ("AMEX 3782 822463 10005!", "AMEX 378282*****0005!"),
        ("4222222222222", "422222***2222"),
        ("3056 930902 5904", "305693****5904"),
        ("カード４１１１１１１１１１１１１１１１です", "カード４１１１１１******１１１１です"),
    ],
)
def test_a_whole_card_number_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "sale 0192f3a4-1111-7111-8111-111111111111",
        "JAN 4901234567894 passes by chance, and is an article",
        "4111111111111112 fails its check digit",
        "377782****6304",
        "slip 00119, 165 yen, at 20261122",
        "id41111111111111111",
        "",
    ],
)
def test_anything_else_stays_as_it_is(text: str) -> None:
    assert mask(text) == text
