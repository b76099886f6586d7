"""Names and keys come from a source: what could steer a terminal, or turn a line around, is written out."""

import unicodedata

JOINERS = "\u200c\u200d"
"""Invisible, but parts of Persian words and of emoji, and harmless."""
SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
"""Controls, formats (bidirectional ones among them), lone surrogates, unassigned, line and paragraph separators."""


def shown(text: str) -> str:
    """`text` on one line, safe for terminals, logs, tables and XML: `\\x1b`, `\\u202e` for the characters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in UNSHOWN or character in JOINERS:
        return character
    number = ord(character)
    if character in SHORT:
        return SHORT[character]
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
