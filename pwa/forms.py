"""The base of every form of ours."""

from __future__ import annotations

from flask import g
from flask_wtf import FlaskForm

from api.errors import Invalid


class Form(FlaskForm):  # type: ignore[misc]
    """A form with CSRF protection, whose typing outlives a session that ended (see `pwa.carry`).

    A handler reads `if form.validate_on_submit(): ...`, and otherwise shows the form again: with
    what was typed, errors or not.
    """

    def validate_on_submit(self, extra_validators: object = None) -> bool:
        """Say whether this was sent and may be taken. What was put back is shown first, not sent."""
        if g.get("put_back"):
            return False
        return bool(super().validate_on_submit(extra_validators))

    def refuse(self, error: Invalid) -> None:
        """Put what the core said about each field beside that field, or above the form."""
        for one in (error, *error.others):
            field = self._fields.get(one.field or "")
            if field is None:
                self.form_errors.append(one.sentence)
            else:
                field.errors = [*field.errors, one.sentence]

    @property
    def status(self) -> int:
        """The status to show this form with: 422 where something in it cannot be taken."""
        return 422 if self.errors or self.form_errors else 200
