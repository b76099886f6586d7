"""Names of encodings, as Python knows them."""


def is_encoding(name: str) -> bool:
    """Whether it decodes bytes to text; Python also has codecs from text to text, and from bytes to bytes."""
    try:
        return " ".encode(name).decode(name) == " "
    except (LookupError, ValueError):
        return False
