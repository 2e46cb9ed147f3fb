"""The package that carries the font; it ships no types (decision 0901)."""

from importlib.resources.abc import Traversable

FONT_PATH: Traversable
