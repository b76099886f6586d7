"""Names and keys from a source can't steer a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayimport.report import shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café 株式会社 🔨", "Café 株式会社 🔨"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b31m\x7f", "\\x9b31m\\x7f"),
        ("abc\u202ecba\u2066", "abc\\u202ecba\\u2066"),
        ("a\u2028b\u2029", "a\\u2028b\\u2029"),
        ("\ud83d", "\\ud83d"),
        ("\U000e0041", "\\U000e0041"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_what_steers_is_written_out_and_the_rest_stays(text: str, expected: str) -> None:
    assert shown(text) == expected


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_shown_is_one_printable_line_that_encodes(text: str) -> None:
    result = shown(text)
    result.encode()
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in result)
