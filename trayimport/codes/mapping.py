"""TI1xx, the mapping file."""

from trayimport.codes.base import Code

NOT_UTF8 = Code(
    "TI101",
    "a file that is not UTF-8",
    "Mapping files are UTF-8 text; this one holds bytes that are not.",
    "a file saved as Windows-1252 or UTF-16",
    "Save the file as UTF-8.",
)
SYNTAX = Code(
    "TI102",
    "YAML that cannot be read",
    "The file breaks the rules of YAML at this place; nothing after it was read.",
    "message: a colon: inside plain text",
    "Look at indentation, brackets and quotes here and on the line above; quote texts that hold `: ` or ` #`.",
)
EMPTY_FILE = Code(
    "TI103",
    "an empty mapping file",
    "The file holds nothing but comments and white space.",
    "a file made with touch",
    "Start from the nearest of the project's own mappings, or delete the file.",
)
SEVERAL_DOCUMENTS = Code(
    "TI104",
    "several documents in one file",
    "A mapping file is one YAML document; a line `---` starts a second one.",
    "---\nversion: 1\n---\nversion: 1",
    "Put each mapping into a file of its own.",
)
TAB = Code(
    "TI105",
    "a tab where YAML wants spaces",
    "YAML indents with spaces; a tab cannot start a token.",
    "auth:\n\tname: …",
    "Replace the tab by spaces.",
)
CONTROL_CHARACTER = Code(
    "TI106",
    "a control character",
    "The file holds an invisible character that has no business in a text.",
    "U+0000, U+200E's older relatives, or half of a surrogate pair",
    'Delete it; where it is meant, write it as an escape in double quotes ("\\u0085").',
)
DUPLICATE_KEY = Code(
    "TI107",
    "a key that is there twice",
    "A map has each key once; of two, one would silently win.",
    "auth: {name: a, name: b}",
    "Remove one of them.",
)
TAG = Code(
    "TI108",
    "a YAML tag",
    "Values here are what JSON knows; tags such as !!str or !secret are not read.",
    "access_token: !!str 12",
    "Remove the tag; quote the value to make it a text.",
)
UNKNOWN_ALIAS = Code(
    "TI109",
    "an alias without an anchor",
    "`*name` repeats what `&name` marks further up, and there is no such anchor.",
    "auth: *defaults",
    "Correct the name, or quote the text if the asterisk is meant.",
)
RECURSIVE_ALIAS = Code(
    "TI110",
    "an alias inside what it stands for",
    "The value would contain itself without an end.",
    "vars: &v {x: *v}",
    "Remove the alias.",
)
ALIAS_EXPLOSION = Code(
    "TI111",
    "a file that grows too large",
    "Written out, with every alias replaced by what it stands for, the file has too many values.",
    "ten anchors, each a list of ten aliases of the one before",
    "Write fewer aliases.",
)
TOO_DEEP = Code(
    "TI112",
    "a value nested too deeply",
    "Maps and lists are nested more than 64 levels deep.",
    "[[[[[[…]]]]]]",
    "Flatten it.",
)
UNQUOTED_TEMPLATE = Code(
    "TI113",
    "a template without quotes",
    "Without quotes YAML reads `{` as the beginning of a map.",
    "name: {{ record.name }}",
    'Quote it: "{{ record.name }}".',
)
BAD_ESCAPE = Code(
    "TI114",
    "an escape in double quotes that is not meant as one",
    "In double quotes a backslash begins an escape of YAML's own; this is none, or one that makes no sense here.",
    "dc: \"{{ record.token | regex_search('\\d+') }}\"",
    "Use single quotes outside (and double ones inside), or write the backslash twice.",
)
COMPLEX_KEY = Code(
    "TI115",
    "a key that is no text",
    "Keys are texts; this one is a list or a map.",
    "[a, b]: c",
    "Quote the key.",
)
BAD_MERGE = Code(
    "TI116",
    "a merge of something that is no map",
    "`<<` takes a map, or a list of maps, whose keys become this map's.",
    "<<: 12",
    "Give an alias of a map.",
)
QUOTE_IT = Code(
    "TI117",
    "a text that other readers of YAML take for something else",
    "Without quotes this is a boolean, a number, a date or null to many readers of YAML; here it is the text written.",
    "country: no",
    "Quote it.",
    "warning",
)
TOO_MANY = Code(
    "TI118",
    "too many problems",
    "The file has so many problems that the rest of them is not listed.",
    "a file that is no mapping at all",
    "Mend the first ones, and look again.",
)
BAD_IGNORE = Code(
    "TI119",
    "an ignore comment without effect",
    "`# trayimport: ignore` names the codes that are to be ignored on its line, and these are none.",
    "# trayimport: ignore everything",
    "Name codes, such as `# trayimport: ignore TI140`.",
    "warning",
)

UNKNOWN_KEY = Code(
    "TI120",
    "an unknown key",
    "The mapping language has no such key at this place.",
    "on_exsting: adopt",
    "Correct the spelling, or remove the key.",
)
MISSING_KEY = Code(
    "TI121",
    "a missing key",
    "The mapping language needs a key that is not there.",
    "a mapping without `service`",
    "Add the key.",
)
WRONG_TYPE = Code(
    "TI122",
    "a value of the wrong type",
    "The key wants another type of value.",
    "create: yes, which is a text; booleans are true and false",
    "Write a value of the type named.",
)
NOT_A_CHOICE = Code(
    "TI123",
    "a value that is not among the choices",
    "The key takes one of a few words.",
    "on_existing: replace",
    "Use one of those named.",
)
BAD_VALUE = Code(
    "TI124",
    "a value in the wrong form",
    "The value has the right type, but not the form that the key wants.",
    "max_age: one day",
    "Write it in the form named.",
)
TEMPLATE_NOT_HERE = Code(
    "TI125",
    "a template where there can be none",
    "Templates stand in values under `vars`, `user` and `auth`, in `when`, `key`, `that` and `tokens.exported_at`, "
    "and, with secrets only, under `source`.",
    'on_existing: "{{ vars.mode }}"',
    "Write the value itself.",
)
TEMPLATE_KEY = Code(
    "TI126",
    "a template in a key",
    "Keys are always taken as they are written.",
    'credentials: {"{{ vars.kind }}_token": …}',
    "Write the key itself; a key that is not always there takes `omit` as its value.",
)
NOT_ONE_EXPRESSION = Code(
    "TI127",
    "a condition that is not one expression",
    "`when` and `that` are exactly one `{{ expression }}`, with nothing around it.",
    "when: \"{% if record.active == 'true' %}true{% endif %}\"",
    "Write one expression: \"{{ record.active == 'true' }}\".",
)
CONTRADICTION = Code(
    "TI128",
    "keys that contradict each other",
    "These keys do not go together.",
    "an example with both `skip: true` and `expect`",
    "Keep one of them.",
)

LOOKALIKE = Code(
    "TI129",
    "looks like a template, and is none",
    "Only what stands in double braces is computed; anything else is the value itself, the same for every record.",
    "externalUserId: record.account_id",
    'Write the expression in double braces, and these in one pair of quotes: "{{ record.account_id }}". If the text is '
    "meant as it is, add `# trayimport: ignore TI129`.",
)
UNKNOWN_VARIABLE = Code(
    "TI130",
    "an unknown variable",
    "A template reads one of `vars` that the mapping does not define.",
    "{{ vars.dcc }} beside vars: {dc: …}",
    "Correct the spelling, or define it.",
)
LATE_VARIABLE = Code(
    "TI131",
    "a variable used before it is there",
    "`vars` are computed in order; one sees those above it only.",
    "a variable that reads itself, or the one below",
    "Move it below what it reads.",
)
UNKNOWN_SECRET = Code(
    "TI132",
    "an unknown secret",
    "A template reads a secret that `secrets:` does not list.",
    "{{ secrets.exprot_key }}",
    "Correct the spelling, or add it under `secrets:`.",
)
SECRET_IDENTITY = Code(
    "TI133",
    "an identity made from a secret",
    "Keys, externalUserIds and names are shown and stored; they never see `secrets`, not through `vars` either.",
    'key: "{{ secrets.salt }}-{{ record.id }}"',
    "Make the identity from the record alone.",
)
TIME_IDENTITY = Code(
    "TI134",
    "an identity that depends on time",
    "`now` and `seconds_until` differ at each run: with them each run would see new records.",
    'key: "{{ record.id }}-{{ now }}"',
    "Make the identity from the record alone.",
)
TIME_CONDITION = Code(
    "TI135",
    "a condition on time under auth",
    "What is sent may contain times, but not be chosen by them: a change at the source could hide behind the branch.",
    'token: "{{ record.a if record.expires_at | seconds_until > 0 else record.b }}"',
    "Put the condition into `when`, or into `checks`.",
)
CREDENTIAL_IDENTITY = Code(
    "TI136",
    "a credential used as identity",
    "Identities are shown and stored; this one is written exactly as a credential is.",
    'key: "{{ record.access_token }}"',
    "Use an id of the account instead.",
)
TEXT_COMPARED = Code(
    "TI137",
    "a column of texts compared with another type",
    "All values of a csv file are texts, which never equal a number or a boolean.",
    'when: "{{ record.active == true }}" with a csv source',
    "Compare with a text: `== 'true'`; or convert first: `| int`.",
    "warning",
)

NOT_MADE = Code(
    "TI138",
    "a value of user or auth that the mapping does not make",
    "Templates see of `user` and `auth` what this mapping puts there, and nothing puts a value under that name.",
    "that: \"{{ auth.credentials.acces_token != '' }}\" beside credentials: {access_token: …}",
    "Correct the spelling; if it may be missing, write `is defined` or `| default(…)`.",
)
CONSTANT_IDENTITY = Code(
    "TI139",
    "an identity that is the same for every record",
    "Nothing of the record is in it: all records would share one key, or belong to one End User.",
    "externalUserId: acme",
    "Write a template that reads the record; ignore this where the source has a single record, or a single owner.",
    "warning",
)

LITERAL_SECRET = Code(
    "TI140",
    "a secret written into the mapping",
    "Mapping files are read by many and kept in version control; a literal credential is known to all of them.",
    "client_secret: followed by the secret itself",
    "List it under `secrets:` and write a template; add `# trayimport: ignore TI140` if it is no secret.",
)
URL_PASSWORD = Code(
    "TI141",
    "a password inside a URL",
    "The URL holds a user's password in clear.",
    "url: postgresql://app:password@db/app",
    'List the whole URL under `secrets:`, and write url: "{{ secrets.app_db }}".',
)
LITERAL_PLACEHOLDER = Code(
    "TI142",
    "a placeholder left in the mapping",
    "The credential is what people write until they have the real one.",
    "dc: <region>",
    "Write the value, or a template; `tokens.allow_placeholders: true` if it is real.",
)
LITERAL_IN_SECRETS = Code(
    "TI143",
    "a secret without a provider",
    "`secrets:` names where a secret comes from; it never holds the secret.",
    "secrets: {api_key: {env: API_KEY}} is right",
    "Write a map of one provider and what to ask it for: {env: NAME} or {file: PATH}.",
)
USELESS_AGE = Code(
    "TI144",
    "max_age without exported_at",
    "The age of tokens is only known where `tokens.exported_at` says when they were read.",
    "tokens: {max_age: 24h}",
    "Add `exported_at`, or remove `max_age`.",
    "warning",
)
