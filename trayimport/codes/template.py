"""TI2xx, templates and their filters."""

from trayimport.codes.base import Code

SYNTAX = Code(
    "TI201",
    "a template that can't be parsed",
    "The text between {{ and }} is no expression of the language.",
    'name: "{{ record. }}"',
    "Mend the expression; see the mapping language, templates.",
)
UNKNOWN_FILTER = Code(
    "TI202",
    "an unknown filter or test",
    "No filter or test of that name exists.",
    "{{ record.a | uper }}",
    "Choose one from the list of filters in the documentation.",
)
UNKNOWN_NAME = Code(
    "TI203",
    "a name that no template can see here",
    "Only record, vars, secrets, user, auth and now exist, each where it makes sense.",
    "{{ recrod.a }}",
    "Use one of the names in scope that the message lists.",
)
FORBIDDEN = Code(
    "TI204",
    "something that templates can't do",
    "Only if, for, set, filters and the methods of texts exist; there are no macros, imports or calls.",
    "{% include 'x' %}",
    "Write it with filters, or compute it under `vars`.",
)
TOO_LONG = Code(
    "TI205",
    "a template that is too long",
    "A template is at most 8 KiB of text, its brackets nest at most 60 deep, and a mapping has at most 5,000.",
    "a whole program in one value",
    "Split it over `vars`.",
)
BAD_PATTERN = Code(
    "TI206",
    "a pattern that can't be used",
    "A regular expression must be a constant that the linear engine (RE2) can compile.",
    "{{ record.a | regex_search('(') }}",
    "Mend the pattern; look-arounds and back-references don't exist.",
)
UNDEFINED = Code(
    "TI210",
    "a value that isn't there",
    "The template reads a name that the record, or the map, does not have.",
    "{{ record.team.id }} where team is missing",
    "Guard it: `| default_omit`, `| default(…)`, or `is defined`.",
)
NOT_IN_TEXT = Code(
    "TI211",
    "a value that is no text",
    "Text takes only texts and integers: null, booleans, fractions, lists and maps don't become text by themselves.",
    "Bearer {{ record.token }} where token is null",
    "Say what is meant with an inline if, | default(…) or | tojson.",
)
OMIT_IN_TEXT = Code(
    "TI212",
    "omit inside a text",
    "`omit` drops a whole key or list item; it can't stand inside of a text.",
    "x-{{ record.a | default_omit }}",
    "Use one expression: `{{ 'x-' ~ record.a if record.a else omit }}`",
)
TEXT_CONDITION = Code(
    "TI213",
    "a text used as a condition",
    "The texts true, false, yes, no, on, off, 0 and 1 are all true to a condition, whatever they say.",
    "{{ 'a' if record.active else 'b' }} with active = 'false'",
    "Compare: record.active == 'true'",
)
NOT_CALLED = Code(
    "TI214",
    "a method that can't be used so",
    "On a map `.x` means the key x; a text has a few methods, which must be called.",
    "{{ record.name.upper }}",
    "Write record.name.upper(), record['…'] for a key, or a filter such as `| items`.",
)
BAD_OPERAND = Code(
    "TI215",
    "operands that don't fit",
    "The operation or filter can't work on values of these types.",
    "{{ record.a + 1 }} where a is a text",
    "Convert first: `| int`.",
)
RAN_AWAY = Code(
    "TI216",
    "a template that would run away",
    "A loop, range, list or text grew beyond what a credential can need.",
    "{% for i in range(10**9) %}",
    "10,000 steps or items and 1 MiB of text are the most.",
)
BAD_INSTANT = Code(
    "TI217",
    "an instant that can't be read",
    "seconds_until takes RFC 3339 with a zone, or epoch seconds (unit='ms' for milliseconds).",
    "{{ record.expires_at | seconds_until }} with 2030-01-01 10:00",
    "Export the zone: 2030-01-01T10:00:00Z.",
)
FILTER_FAILED = Code(
    "TI218",
    "a filter that can't use this value",
    "The value is not what the filter needs.",
    "{{ 'abc' | int }}",
    "Check the value's form, or guard it with an inline if.",
)
DECRYPTION = Code(
    "TI219",
    "a value that can't be decrypted",
    "Either the key is not the one it was encrypted with, or the value is damaged or of another layout.",
    "fernet_decrypt with last year's key",
    "Check the key first; if it decrypts other records, this value is damaged.",
)
EMPTY_TEMPLATE = Code(
    "TI220",
    "a template that gives nothing",
    "A template with statements gave the empty text.",
    "{% if record.a %}x{% endif %}",
    "Give an else branch, or use an inline if with omit.",
)
