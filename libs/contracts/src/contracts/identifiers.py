r"""Names of things. Codes are chosen by people and safe as one token of a subject; ids are ours.

A code never holds a dot, a blank or a wildcard, so that it can stand in a NATS subject as it is.
Every pattern ends in `$(?!\n)`: Python's `$` alone lets a trailing line feed through, which would
be a protocol line of its own on the wire.
"""

from typing import Annotated, Final

from msgspec import Meta

CODE_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$(?!\n)"
ID_PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$(?!\n)"
DATE_PATTERN: Final = r"^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$(?!\n)"

CompanyCode = Annotated[str, Meta(pattern=CODE_PATTERN, description="a chain (企業コード)")]
StoreCode = Annotated[str, Meta(pattern=CODE_PATTERN, description="a shop (店舗)")]
RegisterCode = Annotated[str, Meta(pattern=CODE_PATTERN, description="a till (POS)")]
TerminalCode = Annotated[str, Meta(pattern=CODE_PATTERN, description="a CT-6100's place")]
OperatorCode = Annotated[str, Meta(pattern=CODE_PATTERN, description="a person (担当者コード)")]
PrinterCode = Annotated[str, Meta(pattern=CODE_PATTERN, description="a receipt printer's place")]
SerialNumber = Annotated[str, Meta(pattern=CODE_PATTERN, description="printed on a CT-6100")]
SaleId = Annotated[str, Meta(pattern=ID_PATTERN, description="UUID, lower case")]
OperationId = Annotated[str, Meta(pattern=ID_PATTERN, description="UUID, lower case")]
EventId = Annotated[str, Meta(pattern=ID_PATTERN, description="UUID, lower case")]
CaseId = Annotated[str, Meta(pattern=ID_PATTERN, description="UUID, lower case")]
NoticeId = Annotated[str, Meta(pattern=ID_PATTERN, description="UUID, lower case")]
BoxId = Annotated[str, Meta(pattern=ID_PATTERN, description="UUID, lower case")]
PrintJobId = Annotated[str, Meta(pattern=ID_PATTERN, description="UUID, lower case")]
PageId = Annotated[
    str,
    Meta(
        pattern=r"^[0-9A-Za-z_-]{8,64}$(?!\n)",
        description="one open page of a register, drawn by the page itself",
    ),
]
SlipNumber = Annotated[
    str,
    Meta(pattern=r"^[0-9]{5}$(?!\n)", description="the terminal's number (伝票番号)"),
]
OrderNumber = Annotated[
    str,
    Meta(
        pattern=r"^[0-9A-Za-z-]{1,40}$(?!\n)",
        description="identifies a code payment (注文番号)",
    ),
]
TenderNumber = Annotated[int, Meta(ge=1, le=10_000, description="counts up within one sale")]
ClockTime = Annotated[
    str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)", description="HH:MM")
]
BusinessDate = Annotated[str, Meta(pattern=DATE_PATTERN, description="YYYY-MM-DD")]
