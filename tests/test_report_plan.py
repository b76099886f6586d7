"""A plan as people read it: counts, users who will be billed, the first of each kind, problems by cause."""

from trayimport.model import Problem
from trayimport.report import PlannedRecord, PlanView, plan_markdown, plan_text

VIEW = PlanView(
    mappings=[("mappings/a.yaml", {"created": 1200, "updated": 2, "invalid": 4}), ("mappings/b.yaml", {"skipped": 3})],
    users_created=900,
    users_found=12,
    first=[
        PlannedRecord("create", "1/x", "exports/a.csv:2", "Bolo's A"),
        PlannedRecord("update", "2", "exports/a.csv:3", "Cato's A"),
        PlannedRecord("invalid", None, "exports/a.csv:9", None),
    ],
    problems=[Problem("TI445", "credentials.dc", "null", f"exports/a.csv:{n}", "Mend it.") for n in range(9, 13)],
)


def test_the_text_has_the_table_the_first_of_each_kind_the_users_and_the_sum() -> None:
    lines = [" ".join(line.split()) for line in plan_text(VIEW).splitlines()]
    assert lines[-6:] == [
        "+ create 1/x exports/a.csv:2 Bolo's A",
        "~ update 2 exports/a.csv:3 Cato's A",
        "x invalid - exports/a.csv:9",
        "",
        "External Users: 900 to be created (billed unless they are test users), 12 found",
        "Plan: 1,200 to create, 2 to update; 4 invalid.",
    ]
    assert "mapping records to create to update skipped invalid" in lines


def test_a_plan_of_nothing_says_so() -> None:
    view = PlanView([("a.yaml", {"unchanged": 5})], 0, 0, [], [])
    assert plan_text(view).endswith("\nPlan: nothing to do.\n")
    assert plan_markdown(view).startswith("### Tray import: nothing to do\n")


def test_markdown_has_the_same_and_the_problems_by_cause() -> None:
    text = plan_markdown(VIEW)
    for line in (
        "### Tray import: 1,200 to create, 2 to update; 4 invalid",
        "| mapping | records | to create | to update | skipped | invalid |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| `mappings/a.yaml` | 1,206 | 1,200 | 2 |  | 4 |",
        "| create | `1/x` | `exports/a.csv:2` |",
        "- **TI445** `credentials.dc`: null (`exports/a.csv:9`, `exports/a.csv:10`, `exports/a.csv:11` and 1 more)",
        "  Mend it.",
    ):
        assert f"\n{line}\n" in f"\n{text}"


def test_nothing_from_a_source_is_markup() -> None:
    record = PlannedRecord("create", "a|b`c\n# d @me <img>", "x`.csv:2", None)
    problem = Problem("TI445", "credentials.`x`", "<script> [a](b) @me |", "a|b.csv:1", "*Mend* it.")
    text = plan_markdown(PlanView([("m|`.yaml", {"created": 1})], 0, 0, [record], [problem]))
    assert "``a\\|b`c\\n# d @me <img>``" in text
    assert "\\<script\\> \\[a\\](b)" in text
    assert " @me" not in text.split("#### Problems")[1]
    assert "\\*Mend\\* it." in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} <= {4, 5}
