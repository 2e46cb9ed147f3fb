"""CODE128: patterns of its 106 symbols, and the symbols of its code sets."""

START_CODES: dict[str, int]
B: dict[str, int]
CODES: tuple[str, ...]
STOP: str
