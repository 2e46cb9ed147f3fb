"""What a model of printer can do: the capability list that python-escpos ships.

The list is read, its module is not imported: that would unpickle a file, parse YAML for a second
and set up logging for the whole process.
"""

from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
from msgspec import Struct

from receipts.errors import UnknownProfileError

DEFAULT: Final = "default"


class Features(Struct, frozen=True, kw_only=True, rename="camel"):
    """Of the list, what paper needs."""

    barcode_b: bool = False
    bit_image_raster: bool = False
    paper_full_cut: bool = False
    paper_part_cut: bool = False
    pulse_standard: bool = False
    pulse_bel: bool = False


class _Profile(Struct, frozen=True):
    features: Features


class _Capabilities(Struct, frozen=True):
    profiles: dict[str, _Profile]


@cache
def _capabilities() -> dict[str, _Profile]:
    content = (files("escpos") / "capabilities.json").read_bytes()
    return msgspec.json.decode(content, type=_Capabilities).profiles


def names() -> tuple[str, ...]:
    """Return every model known, `default` among them."""
    return tuple(_capabilities())


def features_of(profile: str) -> Features:
    """Return what the model can do; raise `UnknownProfileError`."""
    known = _capabilities().get(profile)
    if known is None:
        raise UnknownProfileError(profile)
    return known.features
