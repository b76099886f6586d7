"""One broken rule, two codes: TI3xx where a mapping's author wrote the value, TI4xx where a record brought it."""

from typing import Final

from trayimport.codes import content, schema
from trayimport.codes.base import Code
from trayimport.model import Problem

_OF_A_RECORD: Final[dict[str, Code]] = {
    schema.MISSING_KEY.id: content.MISSING_CREDENTIAL,
    schema.UNKNOWN_KEY.id: content.UNKNOWN_CREDENTIAL,
    schema.WRONG_TYPE.id: content.VALUE_OF_WRONG_TYPE,
    schema.NOT_LISTED.id: content.VALUE_NOT_LISTED,
    schema.REFUSED_VALUE.id: content.VALUE_REFUSED,
    schema.NULL_VALUE.id: content.VALUE_NULL,
    schema.FRACTION.id: content.VALUE_FRACTION,
    schema.LARGE_INTEGER.id: content.VALUE_TOO_LARGE,
    schema.UNSENDABLE_TEXT.id: content.VALUE_UNSENDABLE,
    schema.TOO_DEEP.id: content.VALUE_TOO_DEEP,
}


def of_record(problem: Problem) -> Problem:
    """What the schema refuses of a value, as a problem of the record that it came from (design, section 5)."""
    return Problem.of(_OF_A_RECORD[problem.code], problem.path, problem.message, problem.where)
