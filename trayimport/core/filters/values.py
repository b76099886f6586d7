"""Filters on numbers, instants and encodings."""

import base64
import binascii
import json
import math

from trayimport.codes import template as codes
from trayimport.core.filters.base import Function
from trayimport.core.instant import seconds_of, seconds_of_now
from trayimport.core.runtime import State, Undefined, as_text, fail, kind, number, weighed
from trayimport.core.tree import OMIT
from trayimport.model import Json


def default(_state: State, value: object, default_value: Json = "", boolean: Json = False) -> Json:
    """`default_value` where the value isn't there (or is false, if asked)."""
    missing = isinstance(value, Undefined) or (boolean and not value)
    return default_value if missing else value


def default_omit(_state: State, value: object) -> Json:
    """`omit` where the value isn't there, is null, or is the empty text (language, ruling 11)."""
    return OMIT if isinstance(value, Undefined) or value is None or value == "" else value


def integer(_state: State, value: Json, *, base: Json = 10) -> int:
    """An integer of a text, or of a number less its fraction; anything else is an error.

    Jinja's first argument, what to give instead of an error, does not exist.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise fail(codes.FILTER_FAILED, f"int takes a text or a number, found {kind(value)}")
    if isinstance(value, str):
        text = value.strip()
        digits = text.lstrip("+-")
        if len(text) > 40 or not digits.isascii() or not digits.isalnum() or len(text) - len(digits) > 1:
            raise fail(codes.FILTER_FAILED, "int: not a whole number")
        try:
            return int(text, int(number(base, "int")))
        except ValueError:
            raise fail(codes.FILTER_FAILED, "int: not a whole number") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise fail(codes.FILTER_FAILED, "int: not a whole number")
    return int(value)


def fraction(_state: State, value: Json) -> float:
    """A number of a text; anything else is an error."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise fail(codes.FILTER_FAILED, f"float takes a text or a number, found {kind(value)}")
    try:
        found = float(value) if not isinstance(value, str) or len(value) < 60 else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found) or (isinstance(value, str) and ("_" in value or not value.isascii())):
        raise fail(codes.FILTER_FAILED, "float: not a number")
    return found


def absolute(_state: State, value: Json) -> Json:
    """Without its sign."""
    return abs(number(value, "abs"))


def rounded(_state: State, value: Json, precision: Json = 0) -> Json:
    """Rounded to `precision` digits; 0 gives an integer."""
    digits = int(number(precision, "round"))
    if abs(digits) > 20:
        raise fail(codes.BAD_OPERAND, "round takes up to 20 digits")
    found = round(number(value, "round"), digits)
    return int(found) if digits == 0 else found


def seconds_until(state: State, value: Json, unit: Json = "s") -> int:
    """Whole seconds from `now` to an instant, never below 0 (language, ruling 17)."""
    if unit not in {"s", "ms"}:
        raise fail(codes.BAD_INSTANT, "seconds_until: unit is 's' or 'ms'")
    if unit == "ms":
        number_of = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
        if isinstance(number_of, bool) or not isinstance(number_of, int | float):
            raise fail(codes.BAD_INSTANT, "seconds_until: expected milliseconds")
        instant: int | None = int(number_of // 1000)
    else:
        instant = seconds_of(int(value // 1) if isinstance(value, float) and math.isfinite(value) else value)
    now = seconds_of_now(state.scope.get("now"))
    if instant is None and unit == "s" and _many(value):
        raise fail(
            codes.BAD_INSTANT, "seconds_until: epoch milliseconds need unit='ms'", "Write seconds_until(unit='ms')."
        )
    if instant is None or now is None:
        raise fail(codes.BAD_INSTANT, "seconds_until: not an instant with a zone, and not epoch seconds")
    return max(0, instant - now)


def _many(value: Json) -> bool:
    """Whether a number, or digits, are too many for seconds."""
    if isinstance(value, str):
        return value.isascii() and value.isdigit() and len(value) > 11
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 10**11


def from_json(_state: State, value: Json) -> Json:
    """The value that a JSON text says."""
    text = as_text(value)
    if len(text) > 1024 * 1024:
        raise fail(codes.RAN_AWAY, "a text of more than 1 MiB")
    try:
        found = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise fail(codes.FILTER_FAILED, "from_json: not JSON") from None
    return weighed(found) if isinstance(found, dict | list) else found


def _refuse(_name: str) -> None:
    raise ValueError


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """A map, none of whose keys comes twice: which of the two was meant is anybody's guess."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def tojson(_state: State, value: Json) -> str:
    """Plain JSON, nothing escaped for HTML."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise fail(codes.FILTER_FAILED, f"tojson can't write {kind(value)}") from None


def b64decode(_state: State, value: Json) -> str:
    """The UTF-8 text that a base64 text holds (RFC 4648, standard or URL-safe, padded or not)."""
    return _utf8(decoded(as_text(value)), "b64decode")


def decoded(text: str) -> bytes:
    """Bytes of base64; raises for anything else."""
    plain = text.strip().replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain.rstrip("=")) % 4 if "=" not in plain else 0), validate=True)
    except (binascii.Error, ValueError):
        raise fail(codes.FILTER_FAILED, "b64decode: not base64") from None


def _utf8(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise fail(codes.FILTER_FAILED, f"{what}: the bytes are not UTF-8") from None


def b64encode(_state: State, value: Json) -> str:
    """Base64 of a text or bytes."""
    data = value if isinstance(value, bytes) else as_text(value).encode("utf-8", "surrogatepass")
    return base64.b64encode(data).decode("ascii")


def jwt_claim(_state: State, value: Json, name: Json) -> Json:
    """A claim of a JSON Web Token (RFC 7519), whose signature is not checked."""
    parts = as_text(value).split(".")
    if len(parts) != 3:
        raise fail(codes.FILTER_FAILED, "jwt_claim: not a JSON Web Token")
    try:
        claims = json.loads(decoded(parts[1]))
    except (ValueError, RecursionError):
        raise fail(codes.FILTER_FAILED, "jwt_claim: the claims are not JSON") from None
    if not isinstance(claims, dict):
        raise fail(codes.FILTER_FAILED, "jwt_claim: the claims are no map")
    key = as_text(name)
    return claims[key] if key in claims else Undefined("the claim")


FILTERS: dict[str, Function] = {
    "default": default,
    "d": default,
    "default_omit": default_omit,
    "int": integer,
    "float": fraction,
    "abs": absolute,
    "round": rounded,
    "seconds_until": seconds_until,
    "from_json": from_json,
    "tojson": tojson,
    "b64decode": b64decode,
    "b64encode": b64encode,
    "jwt_claim": jwt_claim,
}
