import re
from pathlib import Path

import pytest

import ct6100_simulator
from ct6100_simulator import words
from ct6100_simulator.fault_specs import FAULTS
from ct6100_simulator.played_printer import FAULTS as PRINTER_FAULTS
from ct6100_simulator.view import HINTS
from ct6100_simulator.wallet import WALLET
from ct6100_simulator.words import LANGUAGES, WORDS, for_script, translator
from ct6100_simulator.words_of_printers import OF_SCRIPT

PACKAGE = Path(ct6100_simulator.__file__).parent


def test_every_word_is_there_in_every_language() -> None:
    assert [key for key, texts in WORDS.items() if len(texts) != len(LANGUAGES)] == []
    assert [key for key, texts in WORDS.items() if not all(texts)] == []


def test_every_word_that_a_template_asks_for_exists() -> None:
    text = "".join(path.read_text() for path in (PACKAGE / "templates").glob("*.html"))
    asked = set(re.findall(r"""\bt\(['"](\w+)['"][,)]""", text))
    assert asked
    assert asked - set(WORDS) == set()


@pytest.mark.parametrize(
    "key",
    [
        *(f"hint_{hint}" for hint in HINTS),
        *(f"card_{item.id}" for item in WALLET),
        *(f"fault_{name}{suffix}" for name in FAULTS for suffix in ("", "_how")),
        *(f"parameter_{each.name}" for spec in FAULTS.values() for each in spec.parameters),
        *(f"pocket_{item.kind}" for item in WALLET),
        *(f"printer_fault_{name}{suffix}" for name in PRINTER_FAULTS for suffix in ("", "_how")),
        *(f"printer_parameter_{name}" for takes in PRINTER_FAULTS.values() for name in takes),
        *(f"printer_{name}" for name in OF_SCRIPT),
    ],
)
def test_every_thing_has_a_name(key: str) -> None:
    assert key in WORDS


def test_a_translator_fills_in_names() -> None:
    assert translator("en")("device_of", serial="X1") == "Terminal X1"
    assert translator("ja")("device_of", serial="X1") == "決済端末 X1"


def test_the_script_gets_every_hint_in_its_language() -> None:
    hints = for_script("en")["hints"]
    assert isinstance(hints, dict)
    assert set(hints) == set(HINTS)


def test_japanese_comes_first() -> None:
    assert words.LANGUAGES[0] == "ja"
