"""What an unquoted text of YAML is: JSON's types in JSON's spelling, else text (language, ruling 2)."""

import json
import re

from trayimport.model import Json

_WORDS: dict[str, Json] = {"": None, "null": None, "true": True, "false": False}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,399})(?:\.[0-9]{1,30})?\Z", re.ASCII)

_BOOLEAN = re.compile(r"(?i:y|n|yes|no|on|off|true|false)\Z")
_NULL = re.compile(r"(?:~|Null|NULL)\Z")
_INTEGER = re.compile(
    r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*|[1-9][0-9_]*(?::[0-5]?[0-9])+)\Z", re.ASCII
)
_FRACTION = re.compile(
    r"(?:[-+]?(?:[0-9][0-9_]*)?\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z",
    re.ASCII,
)
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:[Zz]|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?\Z",
    re.ASCII,
)


def plain_value(text: str) -> Json:
    """The value of an unquoted text: null, a boolean, a number as JSON would write it, or the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.match(text):
        value = json.loads(text)
        if json.dumps(value) == text:
            return value
    return text


def mistaken_for(text: str) -> str | None:
    """What YAML 1.1 or 1.2 makes of an unquoted text that is a text here; None where all agree."""
    if not isinstance(plain_value(text), str) or len(text) > 100:
        return None
    for pattern, name in (
        (_BOOLEAN, "a boolean"),
        (_NULL, "null"),
        (_INTEGER, "a number"),
        (_FRACTION, "a number"),
        (_DATE, "a date"),
    ):
        if pattern.match(text) and any(character.isalnum() or character == "~" for character in text):
            return name
    return None
