"""Names and keys come from a source: what could steer a terminal, or turn a line around, is written out."""

import unicodedata

JOINERS = "\u200c\u200d"
"""Invisible, but parts of Persian words and of emoji, and harmless."""
SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
"""Controls, formats (bidirectional ones among them), lone surrogates, unassigned, line and paragraph separators."""


def shown(text: str) -> str:
    """`text` on one line, safe for terminals, logs, tables and XML: `\\x1b`, `\\u202e` for the characters."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_shown(character) for character in text)
    return text if "::" not in text and "##[" not in text else _no_command(text)


def _no_command(text: str) -> str:
    """GitHub takes a line that begins with `::`, or holds `##[`, in the output of any step for a command to itself."""
    text = text.replace("##[", "\\x23#[")
    begins = len(text) - len(text.lstrip())
    return f"{text[:begins]}\\x3a{text[begins + 1 :]}" if text.startswith("::", begins) else text


def _shown(character: str) -> str:
    if unicodedata.category(character) not in UNSHOWN or character in JOINERS:
        return character
    number = ord(character)
    if character in SHORT:
        return SHORT[character]
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
