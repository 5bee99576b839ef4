"""The one error that means: what you gave cannot be used."""

__all__ = [
    "InputError",
]


class InputError(ValueError):
    """Something that a person gave cannot be used; the message says what, and what to do.

    The command line prints it as one line and leaves with exit code 2.
    """
