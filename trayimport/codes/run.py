"""TI7xx, options and runs."""

from trayimport.codes.base import Code

NO_MAPPING = Code(
    "TI701",
    "no mapping to read",
    "A path that was given does not exist, or no mapping file lies below it.",
    "trayimport apply mapings/",
    "Check the path; files whose names begin with `_` or `.` are read only when named themselves.",
)
UNREADABLE_MAPPING = Code(
    "TI702",
    "a mapping file that can't be read",
    "The system refused to read the file, or it is far too large for a mapping.",
    "mappings/slack.yaml without read permission",
    "Check its permissions and size.",
)
TWO_IDENTITIES = Code(
    "TI703",
    "two mappings with one identity",
    "A mapping's identity is its `id`, else its file's name; the ledger could not tell these two apart.",
    "eu/slack.yaml and us/slack.yaml in one run",
    "Give one of them an `id:` of its own.",
)
UNKNOWN_SERVICE = Code(
    "TI704",
    "a service that Tray does not offer",
    "No connector uses a service of that name and version.",
    "service: {name: slac, version: 4}",
    "Look it up with `trayimport services TEXT`.",
)
UNKNOWN_ENVIRONMENT = Code(
    "TI705",
    "a service environment that can't be chosen",
    "The service has no environment of that title or id, or several and the mapping names none.",
    "slack without service.environment",
    "Set `service.environment` to one of those listed.",
)
OTHER_ENVIRONMENT = Code(
    "TI706",
    "a mapping that stands for something else now",
    "The ledger remembers another service, version or environment under this mapping's identity.",
    "an environment that was deleted and made anew",
    "If that is meant, run with --accept-environment; else give the mapping an `id:` of its own.",
)
OTHER_ORGANISATION = Code(
    "TI707",
    "a ledger of another organisation",
    "A ledger is tied to one Tray organisation: its region, hosts and environment ids.",
    "the staging token with the production ledger",
    "Use that organisation's own ledger: --ledger.",
)
TOO_MANY_CHANGES = Code(
    "TI708",
    "more updates than allowed",
    "The plan would update more existing authentications than --max-changes allows.",
    "an export whose columns were shifted",
    "Look at the plan; if it is right, raise --max-changes.",
)
MOVED = Code(
    "TI709",
    "keys that have changed",
    "New records equal authentications whose keys have vanished from the source: probably `key` was edited.",
    "key: record.id became record.uuid",
    "Restore the key, or run with --accept-moved to keep the authentications under their new keys.",
)
UNREADABLE_SELECTION = Code(
    "TI710",
    "a selection that can't be read",
    "The file named with --select @FILE can't be read.",
    "--select @retry.jsonl",
    "Check the file's name.",
)
NO_CONSENT = Code(
    "TI711",
    "nobody to ask",
    "This command asks before it writes, but there is no terminal to ask on.",
    "trayimport apply mappings/ in CI",
    "Run it with --yes.",
)
DECLINED = Code(
    "TI712",
    "declined",
    "The question before the first write was answered with no.",
    "Import these? [y/N] n",
    "Nothing was written; run it again when you are ready.",
)
DRIFT = Code(
    "TI713",
    "a live schema that has changed",
    "Tray no longer accepts what the snapshot accepted.",
    "credentials.dc became required",
    "Run `trayimport pull`, mend the mapping, or go on with --accept-drift.",
)
BAD_MAPPINGS = Code(
    "TI714",
    "mappings with problems",
    "At least one mapping can't be used as it is, so that nothing was started.",
    "an unknown key in mappings/slack.yaml",
    "Mend what is listed; `trayimport validate` shows the same without a network.",
)
BAD_OPTION = Code(
    "TI715",
    "an option that can't be used",
    "An option's value is out of range, or two options exclude each other.",
    "--rate -1",
    "See --help.",
)
UNREADABLE_FILE = Code(
    "TI717",
    "a file that can't be read or written",
    "The system refused it.",
    "--out in a folder that does not exist",
    "Check the path and its permissions.",
)
NO_SANDBOX = Code(
    "TI716",
    "an emulator that can't start",
    "The port is taken, or a snapshot or the folder of --sandbox-state can't be read.",
    "--sandbox-state with the files of another program",
    "Choose another port; mend the snapshot; or remove the folder to begin anew.",
)
UNKNOWN_RUN = Code(
    "TI718",
    "a run or key that the ledger does not know",
    "No run, or no record, of that name is in the ledger, or several are.",
    "trayimport resolve acount-1",
    "See `trayimport runs` and `trayimport status`.",
)
NO_SUCH_RECORD = Code(
    "TI719",
    "a record that is not there",
    "No record of the source has the key that was asked for.",
    "render mappings/slack.yaml --key 000421/T9",
    "Look at the keys without --key; those of skipped records are not computed.",
)
BUG = Code(
    "TI799",
    "a bug in trayimport",
    "Something happened that should not.",
    "an assertion failed",
    "Please send the log file; it holds no values.",
)
NO_SNAPSHOT = Code(
    "TI720",
    "no snapshot to check against",
    "There is no snapshot of the mapping's service version; types and required keys depend on it.",
    "a new service, before `trayimport pull`",
    "Run `trayimport pull` on the mapping.",
)
NO_EXAMPLE = Code(
    "TI721",
    "a mapping without examples",
    "Nothing shows that the mapping does what it should.",
    "no `examples:`",
    "Add one record with what is expected of it.",
    "warning",
)
EXAMPLE = Code(
    "TI722",
    "an example that fails",
    "An example's record does not become what the example expects.",
    "expect: {auth: {credentials: {dc: us1}}}",
    "Mend the mapping or the example.",
)
FILE_EXISTS = Code(
    "TI723",
    "a file that is there already",
    "The command would write over a file, and was not told to.",
    "trayimport init slack, with mappings/slack.yaml there",
    "Use --force to write over it, or --out to write elsewhere.",
)
NO_PLAN = Code(
    "TI724",
    "no saved plan",
    "The file is not what `plan --out` of this version writes.",
    "apply --plan mappings/",
    "Make one with `trayimport plan mappings/ --out FILE`.",
)
STALE_PLAN = Code(
    "TI725",
    "a saved plan that no longer holds",
    "It was made for another ledger, organisation, mapping or schema than there is now, or is too old.",
    "a mapping edited after `plan --out`",
    "Plan again, look at it, and apply that.",
)
UNCHOSEN_HOST = Code(
    "TI726",
    "a host that nobody has chosen",
    "A trayimport.yaml that merely lies in the working directory may not say where a token or a ledger goes.",
    "api_url: https://collector.example under profiles.default",
    "If the host is yours, choose the profile with --profile (also --profile default), or give the address yourself.",
)
