"""Frames: where one message starts and ends on the wire, and whether it came through unharmed."""

from typing import Final

PAYLOAD_MAX: Final = 16_384
"""A journal page with full slips fits; nothing larger is ever buffered."""
