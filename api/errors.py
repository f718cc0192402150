"""What can go wrong, each with one sentence that a person can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import ParamSpec, Self, TypeVar, cast

T = TypeVar("T")
P = ParamSpec("P")


class InklingError(Exception):
    """The base of all errors that Inkling raises on purpose. `str(error)` is fit for a page."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Refused(InklingError):
    """The actor may not. The refusal's audit row is committed before this is raised."""


class NotAllowed(Refused):
    """There is such a thing, and this actor may not see or do it."""


class NotFound(Refused):
    """There is no such thing, or nothing that this actor may know of."""


class ConfirmFirst(Refused):
    """Allowed, once the actor has confirmed with the passkey in the last five minutes."""

    def __init__(self) -> None:
        super().__init__("Confirm with your passkey to go on.")


class SignInFirst(InklingError):
    """There is no session, or it has ended."""

    def __init__(self, sentence: str = "Sign in to go on.") -> None:
        super().__init__(sentence)


class Invalid(InklingError):
    """What was sent cannot be taken. `field` names the field it is about, where there is one; `others` are
    what else is wrong with it."""

    def __init__(
        self, sentence: str, field: str | None = None, others: Sequence[Invalid] = ()
    ) -> None:
        super().__init__(sentence)
        self.field = field
        self.others = tuple(others)


class Checks:
    """Checks of several fields, so that all that is wrong with them is told at once, at the end of the block:

        with Checks() as check:
            name = check(words.required, name, "name", "their name")
            check.that(kind in KINDS, "Choose a kind.", "kind")

    What hangs on several of them is checked after the block, where all of them are good.
    """

    def __init__(self) -> None:
        self._found: list[Invalid] = []

    def __enter__(self) -> Self:
        return self

    def __call__(self, check: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Give what a check gives. What it raises is kept for the end."""
        try:
            return check(*args, **kwargs)
        except Invalid as error:
            self._found.append(error)
            return cast(T, None)  # nothing goes on from the end of the block

    def that(self, holds: bool, sentence: str, field: str) -> None:
        """Keep what is to be said where this does not hold."""
        if not holds:
            self._found.append(Invalid(sentence, field))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raise the first that was wrong, with the others."""
        if error is None and self._found:
            first, *others = self._found
            raise Invalid(first.sentence, first.field, others)


class Conflict(InklingError):
    """It was right once; something else happened first."""


class TooOften(InklingError):
    """Tried more often than the limit allows. `wait` is in seconds."""

    def __init__(self, wait: int) -> None:
        minutes = max(1, round(wait / 60))
        unit = "minute" if minutes == 1 else "minutes"
        super().__init__(f"That was tried too often. Wait {minutes} {unit}, then try again.")
        self.wait = wait


class Unavailable(InklingError):
    """The store cannot be reached, is full or cannot be written. Nothing accepted before is lost."""


class Misconfigured(InklingError):
    """A setting is missing, unsafe or wrong. Stops the start."""
