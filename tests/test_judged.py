"""What a schema refuses of a record has a code of the record's range, whatever rule it breaks."""

import pytest

from trayimport.codes import all_codes
from trayimport.core.judged import of_record
from trayimport.core.schema import Judge, normalise, wire_problems
from trayimport.model import Json, Problem

SCHEMA: Json = {
    "required": ["token"],
    "additionalProperties": False,
    "properties": {"token": {"type": "string", "minLength": 3}, "region": {"enum": ["eu", "us"]}},
}
DEEP: Json = "x"
for _ in range(70):
    DEEP = [DEEP]


def problems(value: Json) -> list[Problem]:
    known = frozenset({"token", "region"})
    return wire_problems(value, "credentials", known) or Judge(normalise(SCHEMA, "c").schema).problems(
        value, "credentials", known
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({}, "TI440"),
        ({"token": "abc", "tokn": "abc"}, "TI441"),
        ({"token": 7}, "TI442"),
        ({"token": "abc", "region": "mars"}, "TI443"),
        ({"token": "a"}, "TI444"),
        ({"token": None}, "TI445"),
        ({"token": 1.5}, "TI446"),
        ({"token": 2**60}, "TI447"),
        ({"token": "a\0b"}, "TI448"),
        ({"token": DEEP}, "TI449"),
    ],
)
def test_a_refused_value_is_a_problem_of_its_record(value: Json, code: str) -> None:
    (problem,) = problems(value)
    found = of_record(problem)
    assert (found.code, found.path, found.message) == (code, problem.path, problem.message)
    assert found.remedy == all_codes()[code].remedy
