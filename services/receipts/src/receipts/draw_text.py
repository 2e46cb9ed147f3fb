"""A sheet as plain text: UTF-8, one line of the paper a line, no line wider than the paper."""

from typing import Final

from receipts.sheet import Barcode, Cut, Feed, Row, Rule, Sheet


def draw_text(sheet: Sheet) -> bytes:
    """Return the text; a barcode is its digits between bars, a cut is the end."""
    texts: list[str] = []
    for line in sheet.lines:
        match line:
            case Row():
                texts.append(line.text)
            case Rule():
                texts.append(("=" if line.heavy else "-") * sheet.columns)
            case Feed():
                texts += [""] * line.lines
            case Barcode():
                texts.append(f"{BARS}{line.content}{BARS}".center(sheet.columns).rstrip())
            case Cut():
                pass
    return ("\n".join(texts) + "\n").encode()


BARS: Final = "||||"
