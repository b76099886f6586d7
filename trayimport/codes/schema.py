"""TI3xx: schemas, what they refuse, and their snapshots on disk."""

from trayimport.codes.base import Code

ACCEPTS_ANYTHING = Code(
    "TI301",
    "a schema that accepts anything",
    "The service environment does not say what it takes, so Tray would accept a misspelt key without a word.",
    "Slack 4 has {} as its credentialsSchema",
    "Say under `schema:` in the mapping what is needed: `required`, `properties`, `additionalProperties: false`.",
    "warning",
)
UNKNOWN_KEYWORD = Code(
    "TI302",
    "a keyword that no draft of JSON Schema knows",
    "The key is none of JSON Schema's and no annotation that is in use, so it checks nothing; often it is misspelt.",
    "tytpe: string",
    "In a mapping: correct the spelling. In a service environment: write the rule under `schema:` of the mapping.",
    "warning",
)
UNKNOWN_TYPE = Code(
    "TI303",
    "a type that JSON does not have",
    "`type` takes null, boolean, object, array, number, integer and string (and `any` in old drafts).",
    "type: text",
    "Use one of JSON's types.",
)
REMOTE_REFERENCE = Code(
    "TI304",
    "a reference that leaves the schema",
    "A `$ref` that does not start with `#` would have to be fetched from somewhere, which is never done.",
    "$ref: https://example.com/token.json",
    "Copy what it refers to under `$defs`, and refer to it with `#/$defs/NAME`.",
)
DEAD_REFERENCE = Code(
    "TI305",
    "a reference to nothing",
    "There is no schema at the place that a `$ref` names.",
    "$ref: '#/$defs/tokn'",
    "Correct the pointer, or write the missing definition.",
)
CIRCULAR_REFERENCE = Code(
    "TI306",
    "a reference that leads back to itself",
    "Following the `$ref` comes back to it without going down into the value, so judging would never end.",
    "$ref: '#'",
    "Take the reference out, or put it below `properties` or `items`.",
)
TOO_LARGE = Code(
    "TI307",
    "a schema too large to be used",
    "The schema is too large or too deep, or its references multiply so that judging one record would take forever.",
    "a thousand levels of `allOf`",
    "Write a smaller schema.",
)
KEYWORD_VALUE = Code(
    "TI308",
    "a keyword with a value of the wrong kind",
    "The keyword is known, but its value is none that it can have, so that nobody knows what is meant.",
    'minLength: "three"',
    "Correct the value.",
)
BAD_PATTERN = Code(
    "TI309",
    "a pattern that cannot be used",
    "The pattern is no regular expression as JSON Schema has them (ECMAScript, with Unicode), or is too large.",
    'pattern: "(us|eu"',
    "Correct the pattern; quote it in single quotes, so that backslashes stay.",
)
UNUSABLE = Code(
    "TI310",
    "a schema that cannot be compiled",
    "Each keyword is right by itself, but no validator can be made from the whole.",
    "a property whose name is no valid text",
    "Simplify the schema.",
)
NOT_A_SCHEMA = Code(
    "TI311",
    "a schema that is none",
    "A JSON schema is a map, `true` or `false`; something else stands where one is needed.",
    'properties: {dc: "string"}',
    "In a mapping: write a map. In a service environment: ask Tray; the schema as it is can judge nothing.",
)
ACCEPTS_NOTHING = Code(
    "TI312",
    "a schema that accepts nothing",
    "The schema is `false`: no record can ever match it.",
    "credentials: false",
    "Take it out, or say what is accepted.",
)
NOTHING_LEFT = Code(
    "TI313",
    "two schemas that contradict each other",
    "`schema:` only tightens what the service environment accepts, and together they accept nothing.",
    "type: integer, where the environment wants a string",
    "Take the contradicting rule out of `schema:`.",
)
POINTLESS_KEY = Code(
    "TI314",
    "a key that the service environment refuses",
    "`schema:` describes a key that the environment's schema does not allow, so that it can never be sent.",
    "properties: {tokn: {type: string}} beside an environment with additionalProperties: false",
    "Correct the spelling, or take it out.",
    "warning",
)
MISSING_KEY = Code(
    "TI320",
    "a key that is required",
    "The schema requires the key, and it is not there.",
    "credentials without access_token",
    "Add the key to the mapping; where a template gives it, see why it gave nothing for this record.",
)
UNKNOWN_KEY = Code(
    "TI321",
    "a key that the schema does not know",
    "The schema takes only the keys that it lists.",
    "acces_token instead of access_token",
    "Correct the spelling, or take the key out.",
)
WRONG_TYPE = Code(
    "TI322",
    "a value of the wrong type",
    "The value's type is none that the schema takes there, and it can't be converted without loss.",
    "a text where an integer is wanted",
    "Give a value of the expected type; texts like 3600, true and false are converted by themselves.",
)
NOT_LISTED = Code(
    "TI323",
    "a value that is not among the allowed ones",
    "The schema lists the values that it takes, and this is none of them.",
    'dc: "mars"',
    "Use one of the listed values; they are compared to the letter.",
)
REFUSED_VALUE = Code(
    "TI324",
    "a value that the schema refuses",
    "The value has the right type, but breaks a rule of the schema: a length, a bound, a pattern, a combination.",
    "a text of 2 characters where minLength is 8",
    "See what the source holds for this record, and what the schema wants.",
)
NULL_VALUE = Code(
    "TI330",
    "null",
    "Tray takes no null; a key without a value is left out.",
    'refresh_token: "{{ record.refresh_token }}" for a record that has null there',
    "Append `| default_omit` to the expression, so that the key is dropped where there is no value.",
)
FRACTION = Code(
    "TI331",
    "a fraction",
    "Tray takes integers, and no fraction, NaN or infinity.",
    "expires_in: 3599.5",
    "Round the value in the mapping, or send it as a text.",
)
LARGE_INTEGER = Code(
    "TI332",
    "an integer that would lose digits",
    "Beyond 9007199254740991 (2^53 - 1) a JSON number is no longer exact for those who read it.",
    "account: 12345678901234567890",
    "Send it as a text, if the schema takes one: `| string`.",
)
UNSENDABLE_TEXT = Code(
    "TI333",
    "a text that cannot be sent",
    "The text, or a key's name, holds the character NUL or half of a surrogate pair.",
    "a cell that was cut in the middle of a character",
    "Repair the source; such characters are never part of a credential.",
)
TOO_DEEP = Code(
    "TI334",
    "a value nested too deeply",
    "Maps and lists are nested more than 64 levels deep.",
    "a list in a list in a list …",
    "See what the template or the source gives there.",
)
SNAPSHOT_UNREADABLE = Code(
    "TI340",
    "a snapshot that cannot be read",
    "The file below the schemas' folder is unreadable, or holds no snapshot of a service environment.",
    "schemas/services/slack/v4/Production.json with a merge conflict in it",
    "Delete the file, and run `trayimport pull`.",
)
SNAPSHOT_TWICE = Code(
    "TI341",
    "two snapshots of one service environment",
    "Two files say that they are the same service, version and environment.",
    "a copy of Production.json beside it",
    "Delete one of them.",
)
SNAPSHOT_UNWRITABLE = Code(
    "TI343",
    "a snapshot that cannot be written",
    "The file could not be made below the schemas' folder.",
    "a folder that is read-only",
    "See to the folder's permissions and free space, or choose another with `--schemas`.",
)
