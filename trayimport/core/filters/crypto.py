"""Encrypted columns, by the `cryptography` package (extra `crypto`)."""

from typing import Any

from trayimport.codes import template as codes
from trayimport.core.filters.base import Function
from trayimport.core.filters.values import decoded
from trayimport.core.runtime import State, as_text, fail
from trayimport.errors import RecordError
from trayimport.model import Json

NONCE = 12


def fernet_decrypt(_state: State, value: Json, key: Json) -> str:
    """A Fernet token, with the base64 text of its key."""
    try:
        from cryptography.fernet import Fernet, InvalidToken  # noqa: PLC0415 - an extra
    except ImportError:
        raise _missing() from None
    try:
        cipher = Fernet(as_text(key).strip().encode())
    except (ValueError, TypeError):
        raise fail(codes.DECRYPTION, "fernet_decrypt: the key is no Fernet key (32 bytes as base64)") from None
    try:
        data = cipher.decrypt(value if isinstance(value, bytes) else as_text(value).strip().encode())
        return data.decode("utf-8")
    except InvalidToken:
        message = "fernet_decrypt: another key, or a damaged value"
        raise fail(codes.DECRYPTION, message) from None
    except UnicodeDecodeError:
        raise fail(codes.DECRYPTION, "fernet_decrypt: the plain text is not UTF-8") from None


def aes_gcm_decrypt(_state: State, value: Json, key: Json, aad: Json = "") -> str:
    """AES-GCM as nonce‖ciphertext‖tag, bytes or base64; the key as base64 or hexadecimal digits."""
    try:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415
    except ImportError:
        raise _missing() from None
    data = _bytes(value)
    if len(data) < NONCE + 16:
        raise fail(codes.DECRYPTION, "aes_gcm_decrypt: a damaged value: too short")
    try:
        cipher = AESGCM(_key(as_text(key).strip()))
    except ValueError:
        raise fail(codes.DECRYPTION, "aes_gcm_decrypt: the key has not 16, 24 or 32 bytes") from None
    try:
        plain = cipher.decrypt(data[:NONCE], data[NONCE:], as_text(aad).encode() or None)
        return plain.decode("utf-8")
    except InvalidTag:
        message = "aes_gcm_decrypt: another key or other associated data, or a damaged value"
        raise fail(codes.DECRYPTION, message) from None
    except UnicodeDecodeError:
        raise fail(codes.DECRYPTION, "aes_gcm_decrypt: the plain text is not UTF-8") from None


def _key(text: str) -> bytes:
    if len(text) in {32, 48, 64} and all(character in "0123456789abcdefABCDEF" for character in text):
        return bytes.fromhex(text)
    return decoded(text)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return decoded(as_text(value))
    except RecordError:
        raise fail(codes.DECRYPTION, "a damaged value: not base64") from None


def _missing() -> RecordError:
    return fail(codes.DECRYPTION, "the package for decryption is not installed", "pip install 'trayimport[crypto]'")


FILTERS: dict[str, Function] = {"fernet_decrypt": fernet_decrypt, "aes_gcm_decrypt": aes_gcm_decrypt}
