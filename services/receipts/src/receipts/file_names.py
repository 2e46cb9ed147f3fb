"""File names of what is drawn. Pure."""

from contracts.receipts import Copy, PaperFormat


def slip_name(slip_number: str, copy: Copy, form: PaperFormat) -> str:
    """Return for example `slip-00119-customer.pdf`."""
    return f"slip-{slip_number}-{copy}.{form}"


def receipt_name(sale_number: str, form: PaperFormat) -> str:
    """Return for example `receipt-S001-20261122-0001.pdf`; other characters become `-`."""
    safe = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in sale_number)
    return f"receipt-{safe}.{form}"
