"""TI40x to TI44x: what a source gives, and why it can't be read."""

from trayimport.codes.base import Code

MISSING_FILE = Code(
    "TI401",
    "a source that is not there",
    "The file that `source.path` names does not exist.",
    "path: ../exports/slak.csv",
    "Check the path; it is relative to the mapping file.",
)
UNREADABLE = Code(
    "TI402",
    "a source that can't be read",
    "The system, or the database, refused to read it.",
    "no read permission",
    "Check permissions and the connection.",
)
OUTSIDE = Code(
    "TI403",
    "a path that leads outside",
    "The path lies neither below the working directory nor below the mapping's folder.",
    "path: /etc/passwd",
    "Move the file, or run with --allow-outside.",
)
ZERO_BYTES = Code(
    "TI404",
    "an export of zero bytes",
    "The file is empty: not even a header. The export probably failed.",
    "an export job that was killed",
    "Export again.",
)
BAD_SOURCE = Code(
    "TI405",
    "a source that can't be used",
    "An option of `source` is wrong, or its type is unknown.",
    "delimiter: ';;'",
    "See the mapping language, `source`.",
)
NO_DRIVER = Code(
    "TI406",
    "a driver that is not installed",
    "The source needs a package that is an extra of trayimport.",
    "a PostgreSQL source after `pip install trayimport`",
    "Install the extra that the message names.",
)
BAD_FORM = Code(
    "TI407",
    "a file that is not what it should be",
    "The whole file is not of its type, so that no record can be told from another.",
    "a JSON object instead of an array",
    "Check the export's format and `source.type`.",
)
DUPLICATE_HEADER = Code(
    "TI408",
    "two columns with one name",
    "Two columns of the header share a name; which is meant can't be known.",
    "id,token,token",
    "Rename one of them in the export.",
)
RAGGED = Code(
    "TI410",
    "a row of another length",
    "The row has more or fewer cells than the header.",
    "an unquoted delimiter in a name",
    "Quote the cell in the export.",
)
BAD_CSV = Code(
    "TI411",
    "a row that is not CSV",
    "A quote is not closed, or stands where none may (RFC 4180).",
    'a,"b"c',
    "Write quotes inside cells twice.",
)
BAD_TEXT = Code(
    "TI412",
    "bytes that are no text",
    "The bytes are not of the source's encoding, or hold NUL.",
    "a Latin-1 export read as UTF-8",
    "Set `source.encoding`, or export as UTF-8.",
)
TOO_LARGE = Code(
    "TI413",
    "a record that is too large",
    "A cell, line or number is far larger than a credential can be.",
    "a cell of 100 MB",
    "Check the export; a quote may be missing.",
)
BAD_JSON = Code(
    "TI414",
    "a record that is not JSON",
    "The text is not JSON, or uses a key twice, NaN, or endless nesting.",
    '{"a": NaN}',
    "Write the record with a JSON library.",
)
NOT_OBJECT = Code(
    "TI415",
    "a record that is no map",
    "Each record must be a map of names to values.",
    '["a", "b"]',
    "Write each record as a JSON object.",
)
NO_RECORDS = Code(
    "TI409",
    "a source without records",
    "The source can be read, but it holds no record: a header and nothing below it, or an empty array.",
    "an export that was made before anything was in the table",
    "See whether the export is the one that was meant.",
    "warning",
)
MISSING_COLUMN = Code(
    "TI420",
    "a column that isn't there",
    "A template reads a column that the source does not have.",
    "{{ record.acess_token }}",
    "Check the name; guard it with `| default_omit` if it may be missing.",
)
GUARDED_COLUMN = Code(
    "TI421",
    "an optional column that isn't there",
    "A template can do without the column, but no record will ever have it.",
    "{{ record.refresh_token | default_omit }}",
    "Check the name, or remove the template.",
    "warning",
)
NO_SECRET = Code(
    "TI430",
    "a secret that isn't there",
    "The variable, file or store that a mapping names holds no such secret.",
    "secrets: {k: {env: EXPORT_KEY}} without EXPORT_KEY",
    "Set it where the message says.",
)
NO_PROVIDER = Code(
    "TI431",
    "a secret provider that can't be used",
    "The provider is unknown, not installed, or not allowed.",
    "secrets: {k: {vault: …}} without the extra `vault`",
    "Install the extra, or allow it.",
)
OWN_SECRET = Code(
    "TI432",
    "a secret that no mapping may read",
    "Tray's master token and the ledger's key are trayimport's own; a mapping would put them into an authentication.",
    "secrets: {k: {env: TRAY_MASTER_TOKEN}}",
    "Read the credential that is meant from a variable or file of its own.",
)
