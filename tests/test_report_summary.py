"""Problems grouped by cause."""

from trayimport.model import Problem
from trayimport.report import causes, summary


def problem(code: str, path: str, where: str) -> Problem:
    return Problem(code, path, "wrong", where, "Mend it.")


def test_causes_are_counted_most_frequent_first_with_the_first_places() -> None:
    found = causes(
        [problem("TI999", "credentials.a", "x.csv:2"), *(problem("TI998", "name", f"x.csv:{n}") for n in range(3, 9))]
    )
    assert [(cause.first[0].code, cause.count, [one.where for one in cause.first]) for cause in found] == [
        ("TI998", 6, ["x.csv:3", "x.csv:4", "x.csv:5"]),
        ("TI999", 1, ["x.csv:2"]),
    ]


def test_the_summary_says_how_many_where_and_what_to_do() -> None:
    text = summary(problem("TI998", "name", f"x.csv:{n}") for n in range(2, 7))
    assert text.splitlines() == [
        "x.csv:2: TI998 name: wrong",
        "x.csv:3: TI998 name: wrong",
        "x.csv:4: TI998 name: wrong",
        "  and 2 more with TI998 name",
        "  → Mend it.",
    ]


def test_the_summary_of_nothing_is_empty() -> None:
    assert summary([]) == ""


def test_the_summary_escapes_what_a_source_named() -> None:
    assert "\x1b" not in summary([problem("TI998", "credentials.\x1b[2J", "a\x1b.csv:2")])
