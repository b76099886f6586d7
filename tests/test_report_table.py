"""The table of counts: what is there is shown, what is zero everywhere is not."""

from trayimport.report.table import DONE, PLANNED, table

ROWS = [
    ("mappings/slack.yaml", {"created": 1200, "skipped": 12, "invalid": 0}),
    ("mappings/air\x1btable.yaml", {"created": 0, "skipped": 3, "invalid": 0}),
]


def cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip(" ─")]


def test_a_row_for_each_mapping_and_one_for_all() -> None:
    assert cells(table(ROWS, DONE)) == [
        ["mapping", "records", "created", "skipped"],
        ["mappings/slack.yaml", "1,212", "1,200", "12"],
        ["mappings/air\\x1btable.yaml", "3", "3"],
        ["all", "1,215", "1,200", "15"],
    ]


def test_one_mapping_needs_no_sum() -> None:
    assert len(cells(table(ROWS[:1], DONE))) == 2


def test_a_plan_says_what_is_to_come() -> None:
    assert "to create" in table(ROWS, PLANNED)


def test_markup_in_a_files_name_is_text() -> None:
    assert "[bold]x" in table([("[bold]x", {"created": 1})], DONE)


def test_a_long_path_stays_on_its_line() -> None:
    path = "a/" * 300 + "m.yaml"
    assert path in table([(path, {"created": 1})], DONE)
