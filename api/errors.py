"""What can go wrong, each with one sentence that a person can read."""

from __future__ import annotations


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
    """What was sent cannot be taken. `field` names the field it is about, where there is one."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


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
