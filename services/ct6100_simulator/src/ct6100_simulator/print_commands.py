"""What each printing command does, by its code. Pure."""

from collections.abc import Callable, Mapping
from typing import Final

from ct6100_simulator import escpos_text
from ct6100_simulator.print_line import LINE_SPACING
from ct6100_simulator.typesetting import OUT_OF_RANGE, Typesetter

Rule = Callable[[Typesetter, bytes], str]
"""Works the bytes after the code; returns why it was ignored, or nothing."""


def _one_of(name: str, allowed: frozenset[int], offset: int = 48) -> Rule:
    """Return the rule of a setting that is a small number, or the same as a digit."""

    def rule(setter: Typesetter, data: bytes) -> str:
        n = data[0] - offset if data[0] >= offset else data[0]
        if n not in allowed:
            return OUT_OF_RANGE
        return setter.change(**{name: n})

    return rule


def _number(name: str, low: int = 0, high: int = 255) -> Rule:
    def rule(setter: Typesetter, data: bytes) -> str:
        if not low <= data[0] <= high:
            return OUT_OF_RANGE
        return setter.change(**{name: data[0]})

    return rule


def _switch(name: str) -> Rule:
    """The lowest bit alone counts."""
    return lambda setter, data: setter.change(**{name: bool(data[0] & 1)})


def _to(**settings: object) -> Rule:
    return lambda setter, _data: setter.change(**settings)


def _nothing(_setter: Typesetter, _data: bytes) -> str:
    """Understood; nothing of it can be seen on this paper."""
    return ""


def _coded(opener: bytes, rules: Mapping[str, Rule]) -> dict[bytes, Rule]:
    return {opener + letters.encode(): rule for letters, rule in rules.items()}


RULES: Final[dict[bytes, Rule]] = {
    **_coded(
        b"\x1b",
        {
            "@": Typesetter.initialise,
            "!": Typesetter.style,
            "a": Typesetter.align,
            "E": _switch("bold"),
            "G": _switch("bold"),
            "M": _one_of("font", frozenset({0, 1})),
            "-": _one_of("underline", frozenset({0, 1, 2})),
            " ": _number("spacing"),
            "2": _to(line_spacing=LINE_SPACING),
            "3": _number("line_spacing"),
            "t": _one_of("page", escpos_text.PAGES, offset=256),
            "R": _one_of("country", frozenset(escpos_text.COUNTRIES), offset=256),
            "d": Typesetter.feed_lines,
            "J": Typesetter.feed_dots,
            "$": Typesetter.move,
            "\\": Typesetter.move_by,
            "D": Typesetter.tabs,
            "i": Typesetter.cut_partly,
            "m": Typesetter.cut_partly,
            "*": Typesetter.column_picture,
        },
    ),
    **_coded(
        b"\x1c",
        {
            "!": Typesetter.kanji_style,
            "&": _to(kanji=True),
            ".": _to(kanji=False),
            "C": _one_of("shift_jis", frozenset({0, 1})),
            "-": _one_of("kanji_underline", frozenset({0, 1, 2})),
            "W": Typesetter.quadruple,
            "S": lambda setter, data: setter.change(kanji_spacing=(data[0], data[1])),
        },
    ),
    **_coded(
        b"\x1d",
        {
            "!": Typesetter.size,
            "B": _switch("reverse"),
            "L": Typesetter.margin,
            "W": Typesetter.area,
            "T": Typesetter.to_start,
            "V": Typesetter.cut,
            "v0": Typesetter.raster,
            "(L": Typesetter.graphics_counted,
            "8L": Typesetter.graphics_counted_long,
            "k": Typesetter.barcode,
            "h": _number("bar_height", low=1),
            "w": _number("bar_width", low=1, high=6),
            "H": _one_of("bar_text", frozenset({0, 1, 2, 3})),
            "f": _one_of("bar_font", frozenset({0, 1})),
        },
    ),
    **_coded(b"\x1b", dict.fromkeys(("c3", "c4", "c5", "=", "%", "r", "U"), _nothing)),
    **_coded(b"\x1d", dict.fromkeys("Pb", _nothing)),
}
"""Code → what it does; `receipt_printer` has the rest. Those of the last two groups change nothing
that can be seen: sensors, buttons, colours, speed."""
