"""Fields that several forms share: words, a date in three boxes, and choices shown as chips."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import render_template
from govuk_frontend_wtf.wtforms_widgets import GovSelect, GovTextArea, GovTextInput
from markupsafe import Markup
from wtforms import Field, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.utils import unset_value

from pwa.wording import MONTHS

Pairs = Iterable[tuple[str, str]]

BOXES = ("day", "month", "year")
_MONTHS = {name.lower()[:3]: number for number, name in enumerate(MONTHS, start=1)}


def offered(pairs: Pairs) -> list[Any]:
    """Give pairs of a value and its label as choices of a field."""
    return [SelectChoice(value, label) for value, label in pairs]


class TextField(StringField):
    """A line of text."""

    widget = GovTextInput()


class WordsField(TextAreaField):
    """Several lines of text, in somebody's own words."""

    widget = GovTextArea()


class DayField(Field):
    """A date in three boxes, read as people write dates. `data` is ISO text, "" where all are empty.

    A whole date in the first box will do; a month may be a name, a year two digits.
    """

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, widget=_day_widget, **kwargs)
        self.boxes = ("", "", "")

    @property
    def first_id(self) -> str:
        """The id of the box that an error leads to."""
        return f"{self.id}-day"

    def process(
        self, formdata: Any, data: Any = unset_value, extra_filters: Iterable[Any] | None = None
    ) -> None:
        """Read the three boxes, or fill them from `data`."""
        super().process(None, data, extra_filters)  # type: ignore[arg-type]
        names = [f"{self.name}-{box}" for box in BOXES]
        if formdata is not None and any(name in formdata for name in names):
            day, month, year = (str(formdata.get(name, "")).strip() for name in names)
            self.boxes = (day, month, year)
            self.data = ""
            try:
                self.data = read_day(day, month, year)
            except ValueError as error:
                self.process_errors = [f"{self.label.text} {error}"]
        elif self.data:
            found = date.fromisoformat(self.data)
            self.boxes = (str(found.day), str(found.month), str(found.year))


def read_day(day: str, month: str = "", year: str = "") -> str:
    """Read a date from three boxes as ISO text; "" where all are empty.

    Raises ValueError with the rest of a sentence: "must include a month".
    """
    parts = [day, month, year]
    if day and not month and not year:
        parts = re.split(r"[\s/.,-]+", day)
        if len(parts) == 3 and len(parts[0]) == 4:
            parts.reverse()
        parts += [""] * (3 - len(parts))
    if not any(parts):
        return ""
    missing = [name for name, part in zip(BOXES, parts, strict=False) if not part]
    if missing:
        raise ValueError("must include a " + " and a ".join(missing))
    try:
        return date(_year(parts[2]), _month(parts[1]), int(parts[0])).isoformat()
    except (ValueError, KeyError, OverflowError):
        raise ValueError("must be a real date") from None


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS[text.lower()[:3]]


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    this = date.today().year % 100  # noqa: DTZ011 - only the century hangs on it
    return year + (2000 if year <= this else 1900)


def _day_widget(field: DayField, **kwargs: Any) -> Markup:
    return Markup(render_template("parts/_day.html", field=field, **kwargs))  # noqa: S704 - ours


class ListField(SelectField):
    """One of many, in a list that opens. What is not offered is left to the core to refuse."""

    widget = GovSelect()

    def __init__(self, label: str, *, choices: Pairs = (), **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, choices=offered(choices), **kwargs)


class ChipField(RadioField):
    """One of several, as chips. What is not offered is left to the core to refuse."""

    @property
    def first_id(self) -> str:
        """The id of the chip that an error leads to."""
        return f"{self.id}-0"

    def __init__(self, label: str, *, choices: Pairs = (), **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, choices=offered(choices), **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was chosen; nothing chosen is ""."""
        self.data = str(valuelist[0]) if valuelist else ""


class ChipsField(SelectMultipleField):
    """Any number of several, as chips."""

    @property
    def first_id(self) -> str:
        """The id of the chip that an error leads to."""
        return f"{self.id}-0"

    def __init__(self, label: str, *, choices: Pairs = (), **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, choices=offered(choices), **kwargs)
