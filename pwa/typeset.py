"""A pack as a PDF for people: tagged for screen readers, with its letters in it, and nothing beside.

Only text is set, in one column: headings and paragraphs, each a tag of the structure tree (ISO 32000-1,
section 14.8), in reading order. What was blacked out never comes here, so it is in no byte of the file.
Beside a line with anything from the right, which is drawn as it is seen, stands what it says (ActualText).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from api.rights.packs import Pack
from pwa import rightward

PLAIN, BOLD = "copy", "copy-bold"
MARGIN = 57.0  # points: two centimetres
WIDTH = A4[0] - 2 * MARGIN
BOXES = (
    "Some letters are not in the type of this copy and show as boxes. Ask for them to be read to you, or for the "
    "file for machines: it holds them all."
)


@dataclass(frozen=True)
class Style:
    """How a paragraph is set: its tag, its letters, and the room above it, in points."""

    tag: str
    font: str
    size: float
    above: float

    @property
    def leading(self) -> float:
        """From one line to the next."""
        return self.size * 1.4


TITLE = Style("H1", BOLD, 20, 0)
SECTION = Style("H2", BOLD, 14, 22)
LABEL = Style("P", BOLD, 9.5, 8)
TEXT = Style("P", PLAIN, 11, 2)
SAID = Style("P", PLAIN, 11, 10)


@dataclass(frozen=True)
class Row:
    """A line of a paragraph, and whether that is written from the right."""

    text: str
    from_right: bool


@dataclass
class Element:
    """A paragraph in the structure tree: on which pages which marked pieces of it stand."""

    tag: str
    pieces: list[tuple[int, int]] = field(default_factory=list)


def pdf(pack: Pack, fonts: Path) -> bytes:
    """Set a pack. `fonts` is the folder of the build, whose manifest names the files of the letters."""
    _register(fonts)
    file = BytesIO()
    sheet = _Sheet(file)
    sheet.set(TITLE, pack.title)
    for line in pack.about:
        sheet.set(LABEL, line.label, keep=TEXT.leading)
        sheet.set(TEXT, line.text)
    if not _can_set(pack):
        sheet.set(SAID, BOXES)
    for item in pack.items:
        sheet.set(SECTION, f"{item.number}. {item.what}", keep=5 * TEXT.leading)
        for line in item.lines:
            sheet.set(LABEL, line.label, keep=TEXT.leading)
            sheet.set(TEXT, line.text)
    if pack.held_back:
        sheet.set(SECTION, "What was held back", keep=3 * TEXT.leading)
        for sentence in pack.held_back:
            sheet.set(SAID, sentence)
    sheet.set(SECTION, "About this copy, and your rights", keep=3 * TEXT.leading)
    for sentence in pack.rights:
        sheet.set(SAID, sentence)
    sheet.finish(pack.title)
    return file.getvalue()


class _Sheet(Canvas):  # type: ignore[misc]  # it ships no types
    """Pages of text, each paragraph a tag. The library has no public way to tag what it draws, so marks
    go into the code of the page, and the tree is made of its own objects."""

    def __init__(self, file: BytesIO) -> None:
        super().__init__(file, pagesize=A4, lang="en-GB", initialFontName=PLAIN)
        self.elements: list[Element] = []
        self.marks: list[list[int]] = [[]]  # for each page, the element of each mark
        self.y = A4[1] - MARGIN

    def set(self, style: Style, text: str, keep: float = 0) -> None:
        """Set a paragraph; `keep` is how much room has to be left below it on its page."""
        lines = list(_broken(text, style))
        above = 0 if self.y == A4[1] - MARGIN else style.above
        if self.y - above - style.leading - keep < MARGIN:
            self._next_page()
            above = 0
        self.y -= above
        element = Element(style.tag)
        self.elements.append(element)
        while lines:
            room = int((self.y - MARGIN) // style.leading)
            if room < 1:
                self._next_page()
                continue
            self._piece(element, style, lines[:room])
            lines = lines[room:]

    def finish(self, title: str) -> None:
        """End the last page, and write the tree and what the file says of itself."""
        self._end_page()
        self._write_tree()
        self.setTitle(title)
        self.setAuthor("")
        self.setSubject("")
        self.setCreator("Inkling")
        self.setProducer("Inkling")
        self.setViewerPreference("DisplayDocTitle", "true")
        self.save()

    def _piece(self, element: Element, style: Style, lines: Sequence[Row]) -> None:
        page = len(self.marks) - 1
        mark = len(self.marks[page])
        self.marks[page].append(len(self.elements) - 1)
        element.pieces.append((page, mark))
        self._code.append(f"/{style.tag} <</MCID {mark}>> BDC")
        self.setFont(style.font, style.size)
        for line in lines:
            self.y -= style.leading
            self._row(line)
        self._code.append("EMC")

    def _row(self, row: Row) -> None:
        # The space keeps a screen reader from joining the last word of a line to the next.
        if not rightward.has_any(row.text):
            self.drawString(MARGIN, self.y, f"{row.text} ")
            return
        says = f"\ufeff{rightward.spoken(row.text)} ".encode("utf-16-be").hex().upper()
        self._code.append(f"/Span <</ActualText <{says}>>> BDC")
        text = rightward.seen(row.text, row.from_right)
        if row.from_right:
            self.drawRightString(MARGIN + WIDTH, self.y, text)
        else:
            self.drawString(MARGIN, self.y, text)
        self._code.append("EMC")

    def _next_page(self) -> None:
        self._end_page()
        self.marks.append([])
        self.y = A4[1] - MARGIN

    def _end_page(self) -> None:
        self._code.append("/Artifact BMC")
        self.setFont(PLAIN, 9)
        self.drawRightString(A4[0] - MARGIN, MARGIN / 2, f"Page {len(self.marks)}")
        self._code.append("EMC")
        self.showPage()
        page = self._doc.Pages.pages[-1]
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents = len(self.marks) - 1
        page.Tabs = pdfdoc.PDFName("S")

    def _write_tree(self) -> None:
        document, name = self._doc, pdfdoc.PDFName
        pages = [document.Reference(page) for page in document.Pages.pages]
        whole: Any = pdfdoc.PDFDictionary({"Type": name("StructElem"), "S": name("Document")})
        tree: Any = pdfdoc.PDFDictionary({"Type": name("StructTreeRoot")})
        kids = []
        for element in self.elements:
            pieces = [
                pdfdoc.PDFDictionary({"Type": name("MCR"), "Pg": pages[page], "MCID": mark})
                for page, mark in element.pieces
            ]
            kids.append(
                document.Reference(
                    pdfdoc.PDFDictionary(
                        {
                            "Type": name("StructElem"),
                            "S": name(element.tag),
                            "P": document.Reference(whole),
                            "K": pdfdoc.PDFArray(pieces),
                        }
                    )
                )
            )
        whole["P"], whole["K"] = document.Reference(tree), pdfdoc.PDFArray(kids)
        numbers: list[Any] = []
        for page, marks in enumerate(self.marks):
            numbers += [page, pdfdoc.PDFArray([kids[number] for number in marks])]
        tree["K"] = document.Reference(whole)
        tree["ParentTree"] = document.Reference(
            pdfdoc.PDFDictionary({"Nums": pdfdoc.PDFArray(numbers)})
        )
        tree["ParentTreeNextKey"] = len(self.marks)
        document.Catalog.StructTreeRoot = tree
        document.Catalog.MarkInfo = pdfdoc.PDFDictionary({"Marked": "true"})


def _can_set(pack: Pack) -> bool:
    """Say whether the letters of a pack are all there."""
    drawn = _drawn(PLAIN)
    texts = (
        line.text for lines in (pack.about, *(item.lines for item in pack.items)) for line in lines
    )
    return all(text.isascii() or {*map(ord, text)} <= drawn for text in texts)


@cache
def _drawn(font: str) -> frozenset[int]:
    """Give the code points that a font has letters for, with what is no letter."""
    return frozenset(
        {*pdfmetrics.getFont(font).face.charToGlyph, *map(ord, "\n\t\u00a0\u2028\u2029\u3000")}
    )


def _broken(text: str, style: Style) -> Iterator[Row]:
    """Break a text into lines that fit; a word that is too long for one is broken too."""
    for paragraph in text.split("\n"):
        from_right = rightward.is_from_right(paragraph)
        if rightward.has_any(paragraph):
            paragraph = rightward.joined(paragraph, _drawn(style.font))  # noqa: PLW2901 - as it is drawn
        for line in _lines(paragraph, style):
            yield Row(line, from_right)


def _lines(paragraph: str, style: Style) -> Iterator[str]:
    line = ""
    for word in paragraph.split():
        while pdfmetrics.stringWidth(word, style.font, style.size) > WIDTH:
            if line:
                yield line
                line = ""
            fits = _that_fits(word, style)
            yield word[:fits]
            word = word[fits:]  # noqa: PLW2901 - the rest of it
        longer = f"{line} {word}".strip()
        if pdfmetrics.stringWidth(longer, style.font, style.size) > WIDTH:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _that_fits(word: str, style: Style) -> int:
    """Give how many letters of a word fit on a line."""
    fits = 1
    while pdfmetrics.stringWidth(word[: fits + 1], style.font, style.size) <= WIDTH:
        fits += 1
    return fits


@cache
def _register(fonts: Path) -> None:
    """Make the letters known to the library, once."""
    for name in (PLAIN, BOLD):
        (file,) = fonts.glob(f"{name}-??????????.ttf")
        pdfmetrics.registerFont(TTFont(name, str(file)))
