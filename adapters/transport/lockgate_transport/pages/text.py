"""Text from elsewhere, as a page shows it: what cannot be seen, or changes the direction of what follows, is told."""

from markupsafe import Markup, escape

from lockgate.names.visibility import is_visible


def visible(text: str) -> str:
    """The text, with the code point in place of each control, format and invisible character: `<U+202E>`.

    A letter of a right-to-left script stays: the style sheet isolates each value, so that it turns no other text.
    """
    return "".join(character if is_visible(character) else f"<U+{ord(character):04X}>" for character in text)


def lines(text: str) -> Markup:
    """A text of several lines, such as PEM, escaped, and visible line by line."""
    return Markup("\n").join(escape(visible(line)) for line in text.splitlines())


def finished(value: object) -> object:
    """What a template writes for a value: text is made visible, so that no template can forget it."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
