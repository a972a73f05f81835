"""Numbers of things as people read them: `1 message`, `2 messages`."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """The number and its noun.

    Args:
        noun: in the singular.
        plural: where it is not the noun with an `s`.
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
