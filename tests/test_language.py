"""Every ruling of the mapping language, by the cases in tests/language (see language_cases)."""

from typing import Any

import pytest
from language_cases import ABSENT, NOW, cases, result, run

CASES = cases()


def same(expected: Any, found: Any) -> bool:
    """Equal with types; a map needs to hold what is expected only."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(same(value, found.get(key, ABSENT)) for key, value in expected.items())
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(expected) == len(found)
            and all(same(one, other) for one, other in zip(expected, found, strict=True))
        )
    return type(expected) is type(found) and expected == found


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_the_language_keeps_its_rulings(case: dict[str, Any]) -> None:
    found = run(case)
    told = found.told()
    for words in [case["says"]] if isinstance(case.get("says"), str) else case.get("says", []):
        assert any(words in one for one in told), told
    for words in case.get("hides", []):
        assert not any(words in one for one in told), told
    warned = [one.code for one in found.diagnostics if one.severity != "error"]
    assert case.get("warns") is None or case["warns"] in warned, told
    assert not case.get("quiet") or set(warned) <= {"TI301"}, told
    if "error" in case:
        code, _, path = case["error"].partition(" ")
        stated = [(one.code, one.path) for one in found.errors] + [(one.code, one.path) for one in found.problems]
        assert stated, "no problem was found"
        assert any(one == code and (not path or where == path) for one, where in stated), told
        if "at" in case:
            assert case["at"] in [f"{one.at.line}:{one.at.column}" for one in found.errors if one.code == code], told
        return
    assert found.errors == []
    assert found.problems == (), told
    assert found.skipped is case.get("skip", False)
    if found.skipped:
        return
    made = result(found, case.get("now", NOW))
    if "gives" in case:
        assert same(case["gives"], made["auth"]["credentials"].get("value", ABSENT)), made
        assert type(case["gives"]) is type(made["auth"]["credentials"]["value"])
    if case.get("absent"):
        assert "value" not in (made["auth"]["credentials"] or {})
    assert same(case.get("expect", {}), made), made


def test_every_ruling_has_cases() -> None:
    numbers = {int(name.split("-", 1)[0]) for name, _ in CASES}
    assert numbers >= set(range(1, 28))


def test_content_is_all_but_the_leaves_that_depend_on_time_however_they_are_given() -> None:
    whole = "{{ {'token': record.t, 'left': record.x | seconds_until, 'also': [record.t, now]} }}"
    apart = {
        "token": "{{ record.t }}",
        "left": "{{ record.x | seconds_until }}",
        "also": ["{{ record.t }}", "{{ now }}"],
    }
    through = {"vars": {"all": whole}, "auth.credentials": "{{ vars.all }}"}
    for changes in ({"auth.credentials": whole}, {"auth.credentials": apart}, through):
        digests = set()
        for token in ("tok-1", "tok-2"):
            found = run({"set": changes, "record": {"t": token, "x": "2031-01-01T00:00:00Z"}})
            assert found.problems == ()
            assert found.rendered is not None
            assert found.program is not None
            assert found.rendered.timed == {("left",), ("also", 1)}
            marks = {name[0] for name in found.program.fields(found.rendered) if "left" in name or "[1]" in name}
            assert marks == {"~"}
            digests.add(found.program.content(found.rendered))
        assert len(digests) == 2, "two tokens are two contents"


def test_the_fingerprint_is_the_same_at_any_time_and_changes_with_the_record() -> None:
    case = {"set": {"auth.credentials": {"left": "{{ record.x | seconds_until }}"}}}
    digests = [
        rendered.fingerprint
        for x, now in (
            ("2031-01-01T00:00:00Z", NOW),
            ("2031-01-01T00:00:00Z", "2030-06-01T00:00:00Z"),
            ("2032-01-01T00:00:00Z", NOW),
        )
        if (rendered := run({**case, "record": {"x": x}, "now": now}).rendered) is not None
    ]
    assert digests[0] == digests[1] != digests[2]
