"""The font inside a PDF: only the characters that are on the paper, cut out by HarfBuzz."""

from collections.abc import Iterable
from typing import Final

import pydyf
import uharfbuzz as hb
from msgspec import Struct

from receipts.typeface import face, glyph_number, look
from receipts.width import character_width

NAME: Final = "RenkeiPaper+NotoSansMonoCJKjp-Regular"
EM: Final = 1_000


class FontInPdf(Struct, frozen=True):
    """A font object of the document, and the glyph number of each character in it."""

    font: pydyf.Dictionary
    glyphs: dict[str, int]

    def hexadecimal(self, text: str) -> str:
        """Return the text as the document writes it: four digits a character."""
        return "".join(f"{self.glyphs[each]:04x}" for each in text)


def embed(pdf: pydyf.PDF, characters: frozenset[str]) -> FontInPdf:
    """Put the font, cut down to these characters, into a document."""
    shown = {each: look(each) for each in sorted(characters)}
    glyphs = {each: glyph_number(each) for each in sorted(set(shown.values()))}
    file = pydyf.Stream(
        [_outlines(glyphs)],
        extra=pydyf.Dictionary({"Subtype": "/CIDFontType0C"}),
        compress=True,
    )
    pdf.add_object(file)
    descriptor = _descriptor(file)
    pdf.add_object(descriptor)
    descendant = _descendant(descriptor, glyphs)
    pdf.add_object(descendant)
    to_unicode = pydyf.Stream([_to_unicode(glyphs)], compress=True)
    pdf.add_object(to_unicode)
    font = pydyf.Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/Type0",
            "BaseFont": f"/{NAME}",
            "Encoding": "/Identity-H",
            "DescendantFonts": pydyf.Array([descendant.reference]),
            "ToUnicode": to_unicode.reference,
        }
    )
    pdf.add_object(font)
    return FontInPdf(font, {each: glyphs[seen] for each, seen in shown.items()})


def _outlines(characters: Iterable[str]) -> bytes:
    """Return the bare CFF table. Its glyphs keep their numbers of the whole font, as CIDs."""
    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.UNICODE).update({ord(each) for each in characters})
    wanted.sets(hb.SubsetInputSets.LAYOUT_FEATURE_TAG).clear()
    return bytes(hb.subset(face(), wanted).reference_table("CFF ").data)


def _descriptor(file: pydyf.Stream) -> pydyf.Dictionary:
    return pydyf.Dictionary(
        {
            "Type": "/FontDescriptor",
            "FontName": f"/{NAME}",
            "Flags": 4 | 1,  # its own characters; all of one width
            "FontBBox": pydyf.Array([0, -120, EM, 880]),
            "ItalicAngle": 0,
            "Ascent": 880,
            "Descent": -120,
            "CapHeight": 733,
            "StemV": 80,
            "FontFile3": file.reference,
        }
    )


def _descendant(descriptor: pydyf.Dictionary, glyphs: dict[str, int]) -> pydyf.Dictionary:
    widths = pydyf.Array([])
    for character, glyph in glyphs.items():
        widths += [glyph, pydyf.Array([character_width(character) * EM // 2])]
    return pydyf.Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/CIDFontType0",
            "BaseFont": f"/{NAME}",
            "CIDSystemInfo": pydyf.Dictionary(
                {
                    "Registry": pydyf.String("Adobe"),
                    "Ordering": pydyf.String("Identity"),
                    "Supplement": 0,
                }
            ),
            "FontDescriptor": descriptor.reference,
            "DW": EM,
            "W": widths,
        }
    )


def _to_unicode(glyphs: dict[str, int]) -> str:
    """Return the map that lets a reader search and copy, at most 100 characters a block."""
    pairs = [f"<{glyph:04x}> <{each.encode('utf-16-be').hex()}>" for each, glyph in glyphs.items()]
    blocks = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
    body = "\n".join(
        f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks
    )
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CMapName /Paper def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        f"{body}\nendcmap\nend\nend"
    )
