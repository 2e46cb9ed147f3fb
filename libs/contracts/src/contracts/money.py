"""Money is whole yen. There is no other unit and no fraction anywhere in Renkei."""

from typing import Annotated, Final, NewType

from msgspec import Meta

Yen = NewType("Yen", int)

AMOUNT_MAX: Final = Yen(9_999_999)
"""The CT-6100 shows seven digits; no sale or tender is larger (http-api.md, issue on bad input)."""

Amount = Annotated[Yen, Meta(gt=0, le=9_999_999, description="whole yen, 1 to 9,999,999")]
"""What one tender or operation asks for."""

Balance = Annotated[Yen, Meta(ge=0, le=9_999_999, description="whole yen, 0 to 9,999,999")]
"""What is owed, paid or pending: never negative, never more than a sale's total can be."""
