"""TI44x to TI49x: what a record becomes, and why it can't be imported."""

from trayimport.codes.base import Code

MISSING_CREDENTIAL = Code(
    "TI440",
    "a record without a key that is required",
    "The schema requires the key, and for this record no value was given.",
    "an export without a token in line 17",
    "See what the source holds for this record; leave it out with `when:` if it can't be used.",
)
UNKNOWN_CREDENTIAL = Code(
    "TI441",
    "a record with a key that the schema does not know",
    "A template gave a map with a key that the schema does not take.",
    'credentials: "{{ record.oauth }}" where a record has one field more',
    "Name the keys in the mapping one by one, or correct the source.",
)
VALUE_OF_WRONG_TYPE = Code(
    "TI442",
    "a record's value of the wrong type",
    "The value's type is none that the schema takes there, and it can't be converted without loss.",
    "Administrator where an integer is wanted",
    "See what the source holds for this record; texts like 3600, true and false are converted by themselves.",
)
VALUE_NOT_LISTED = Code(
    "TI443",
    "a record's value that is not among the allowed ones",
    "The schema lists the values that it takes, and this is none of them.",
    "a region that the service does not have",
    "See what the source holds for this record; values are compared to the letter.",
)
VALUE_REFUSED = Code(
    "TI444",
    "a record's value that the schema refuses",
    "The value has the right type, but breaks a rule of the schema: a length, a bound, a pattern, a combination.",
    "a token that was cut off",
    "See what the source holds for this record, and what the schema wants.",
)
VALUE_NULL = Code(
    "TI445",
    "a record's null",
    "Tray takes no null; a key without a value is left out.",
    'refresh_token: "{{ record.refresh_token }}" for a record that has null there',
    "Append `| default_omit` to the expression, so that the key is dropped where there is no value.",
)
VALUE_FRACTION = Code(
    "TI446",
    "a record's fraction",
    "Tray takes integers, and no fraction, NaN or infinity.",
    "an expiry of 3599.5 seconds",
    "Round the value in the mapping, or send it as a text.",
)
VALUE_TOO_LARGE = Code(
    "TI447",
    "a record's integer that would lose digits",
    "Beyond 9007199254740991 (2^53 - 1) a JSON number is no longer exact for those who read it.",
    "an account number of twenty digits",
    "Send it as a text, if the schema takes one: `| string`.",
)
VALUE_UNSENDABLE = Code(
    "TI448",
    "a record's text that cannot be sent",
    "The text, or a key's name, holds the character NUL or half of a surrogate pair.",
    "a cell that was cut in the middle of a character",
    "Repair the source; such characters are never part of a credential.",
)
VALUE_TOO_DEEP = Code(
    "TI449",
    "a record's value nested too deeply",
    "Maps and lists are nested more than 64 levels deep.",
    "a list in a list in a list …",
    "See what the template or the source gives there.",
)
EMPTY = Code(
    "TI450",
    "an empty value where one is needed",
    "A template gave the empty text for a key, an externalUserId, a name, or a credential that the schema requires.",
    'key: "{{ record.account_id }}" where account_id is empty',
    "Fill the value at the source, or skip such records with `when`.",
)
NOT_TEXT = Code(
    "TI451",
    "an identity that is no text",
    "key, externalUserId and names are texts; a template gave something else, or dropped it.",
    'name: "{{ record.tags }}" where tags is a list',
    "Let the template give a text or an integer.",
)
NOT_BOOLEAN = Code(
    "TI452",
    "a condition that is neither true nor false",
    "`when` and `that` must give a boolean, or the text `true` or `false`.",
    'when: "{{ record.status }}"',
    "Compare with something: \"{{ record.status == 'active' }}\".",
)
CHECK_FAILED = Code(
    "TI453",
    "a check that failed",
    "A condition under `checks` is false for this record.",
    "that: \"{{ auth.credentials.dc != '' }}\"",
    "Mend the record at the source, or skip it with `when`.",
)
PLACEHOLDER = Code(
    "TI454",
    "a credential that looks redacted",
    "The value is what people put where a secret was removed: asterisks, `<token>`, REDACTED, one character repeated.",
    "access_token: '****'",
    "Export the real value; if it is real, set `tokens.allow_placeholders: true`.",
)
TOO_OLD = Code(
    "TI455",
    "a token exported too long ago",
    "Longer than `tokens.max_age` has passed since the export: a refresh token rotated since then is dead.",
    "exported_at two days ago with max_age: 24h",
    "Export again and run right after.",
)
FUTURE = Code(
    "TI456",
    "an export from the future",
    "`tokens.exported_at` is more than five minutes ahead of this machine's clock.",
    "exported_at: 2030-01-01T00:00:00Z",
    "Check the clocks of both machines and the zone that the export writes.",
)
NO_EXPIRY = Code(
    "TI457",
    "no expiry and no refresh token",
    "`tokens.expires: required`, but no credential says when the token expires, and there is no refresh token.",
    "credentials: {access_token: …} for an OAuth environment",
    "Give `expires_in` or `refresh_token`, or say `tokens.expires: never` if such tokens really never expire.",
)
UNEXPECTED_EXPIRY = Code(
    "TI458",
    "an expiry where there should be none",
    "`tokens.expires: never`, but the record has an expiry.",
    "expires_in beside expires: never",
    "Remove `expires: never`, or drop the expiry.",
)
EXPIRED = Code(
    "TI459",
    "an expired token without a refresh token",
    "The token has expired, and there is nothing to refresh it with: the authentication would be dead on arrival.",
    "expires_at in the past, refresh_token empty",
    "Skip such records with `when`, or have the End User connect again.",
)
BAD_INSTANT = Code(
    "TI460",
    "an instant that can't be read",
    "An instant must be RFC 3339 with a zone, or epoch seconds.",
    "exported_at: 2030-01-01 10:00",
    "Write the zone: 2030-01-01T10:00:00Z.",
)
SECRET_IDENTITY = Code(
    "TI461",
    "a secret used as identity",
    "The key, the externalUserId or a name equals a credential; those are shown and stored, credentials never are.",
    'key: "{{ record.access_token }}"',
    "Use an id of the account instead.",
)
DUPLICATE_KEY = Code(
    "TI470",
    "two records with one key",
    "The key identifies one authentication within the mapping; these records share it.",
    "two rows with the same account_id",
    "Remove one of them at the source, or choose a `key` that tells them apart.",
)
DUPLICATE_NAME = Code(
    "TI471",
    "two authentications with one name",
    "These records would give one End User two authentications of the same name in the same environment.",
    "two workspaces of one customer, both named Slack",
    "Put what tells them apart into `auth.name`.",
)
DUPLICATE_CONTENT = Code(
    "TI472",
    "one credential twice for one End User",
    "These records would give one End User the same credentials twice in the same environment.",
    "two rows with the same access_token",
    "Remove one of them at the source.",
)
EXISTS = Code(
    "TI473",
    "an authentication that is already there",
    "The End User has an authentication of that name, or with that content, which this ledger does not know.",
    "on_existing: fail",
    "Decide with `on_existing: adopt` or `on_existing: update`, or rename it.",
)
EXISTS_DIFFERENT = Code(
    "TI474",
    "an authentication with other content",
    "`on_existing: adopt` takes over an authentication only if its content is the same, and this one's is not.",
    "on_existing: adopt",
    "Look at both; `on_existing: update` would overwrite Tray's with the source's.",
)
EXISTS_UNKNOWN = Code(
    "TI488",
    "an authentication that may be anybody's",
    "What is there and what would be sent agree, but in nothing that belongs to this record alone: texts of at least "
    "8 characters that come from the record, and that no other record has.",
    "on_existing: adopt, and the mapping's credentials are literals",
    "Look at it in Tray; give the mapping a credential that only this record has.",
)
EXISTS_SEVERAL = Code(
    "TI475",
    "several authentications that match",
    "More than one authentication of that End User has that name or content; which one is meant can't be decided.",
    "two authentications named Slack",
    "Delete or rename all but one in Tray.",
)
KNOWN_ELSEWHERE = Code(
    "TI476",
    "an authentication that the ledger knows under another key",
    "The ledger knows an authentication of this End User with that name or content, under another mapping or key.",
    "a mapping that was renamed",
    "Give the mapping its former identity with `id:`, or the record its former key.",
)
OTHER_USER = Code(
    "TI477",
    "a record that now belongs to another End User",
    "This key was imported for another externalUserId; it is never moved to another user.",
    "an account that changed hands, with the same key",
    "Give the new owner's record a key of its own.",
)
NO_STABLE_FIELD = Code(
    "TI478",
    "an update that shares nothing with what was sent",
    "Neither the name nor any credential is what it was: the key may have been reused for another customer.",
    "on_change: update, and every value changed",
    "Check the record; give it a new key if it is another account.",
)
USER_MISSING = Code(
    "TI479",
    "an End User who is not in Tray",
    "`user.create` is false, and Tray has no External User with that externalUserId.",
    "user: {create: false}",
    "Create the user first, or set `create: true`.",
)
LIST_INCOMPLETE = Code(
    "TI480",
    "a list that can't be completed",
    "Tray did not give the complete list of that End User's authentications, so what is there can't be known.",
    "hasNextPage is true",
    "Run again; if it stays so, look at that user's authentications in Tray.",
)
CHANGED_SINCE_PLAN = Code(
    "TI481",
    "changed since the plan",
    "The record is not what it was when the plan was made.",
    "a row edited between plan and apply",
    "Plan again.",
)
IN_DOUBT = Code(
    "TI482",
    "in doubt",
    "A request left, and what Tray shows does not decide whether it was done; it is not sent again blindly.",
    "the answer was lost, and the list shows two candidates",
    "Run again later, or settle it with `trayimport resolve KEY --created AUTH_ID` or `--absent`.",
)
TWICE = Code(
    "TI483",
    "there twice",
    "Two authentications in Tray have this record's content.",
    "a request that was delivered twice",
    "Delete one of them in Tray; trayimport deletes nothing unasked.",
)
REFRESHED = Code(
    "TI484",
    "refreshed by Tray since",
    "Tray has refreshed this authentication's token since it was sent: the source's is older and would kill it.",
    "on_change: update after a refresh",
    "Leave it, or force it with --overwrite-refreshed.",
)
USER_CONFLICT = Code(
    "TI485",
    "several Tray users with one externalUserId",
    "Tray shows more than one External User with that externalUserId, and none is known to be ours.",
    "two users created by hand",
    "Remove all but one in Tray.",
)
USER_IN_DOUBT = Code(
    "TI493",
    "a user whose creation is in doubt",
    "A request that creates the External User had no answer, or another run is at it; nothing is sent to that user.",
    "another run on the same ledger",
    "Run again later: the user is looked for first.",
)
LOST_DOUBT = Code(
    "TI486",
    "sent three times, and still not there",
    "Three requests in this run ended without an answer and without an authentication.",
    "an outage that hits one user only",
    "Run the same command again later.",
)
USER_REFUSED = Code(
    "TI487",
    "a user token refused twice",
    "Tray refused this End User's fresh token twice in a row; the user's other records were left for the next run.",
    "401 right after authorize",
    "Look at that user in Tray, then run again.",
)
OTHER_APP = Code(
    "TI491",
    "refresh tokens for Tray's own OAuth app",
    "A provider ties a refresh token to the OAuth app that it was issued to, and the environment called Production "
    "stands for Tray's own app. Tokens of your own app are accepted there, and die at their first refresh.",
    "environment: Production for tokens that your own Slack app got",
    "Choose the environment that was made with your app; `tokens: {app: tray}` says that they are of Tray's.",
    "warning",
)
MISSING_EXPIRY_WARNING = Code(
    "TI490",
    "tokens whose expiry is not known",
    "Records of this mapping have neither expiry nor refresh token: such an import dies silently some day.",
    "an OAuth environment with access_token only",
    "Give `expires_in` or `refresh_token`, or say what is so with `tokens.expires`.",
    "warning",
)
NOTHING_TELLS = Code(
    "TI492",
    "nothing that tells whose an authentication is",
    "No credential of this mapping is a text that comes from the record: literals, numbers and values of an enum may "
    "be the same for many. A request without an answer then stays in doubt as soon as its End User has another "
    "authentication there, nothing is adopted, and a rollback deletes nothing.",
    "credentials with secrets of the company only",
    "Give the credentials something that only this record has; or settle doubts by hand with `trayimport resolve`.",
    "warning",
)
BAD_SCOPES = Code(
    "TI462",
    "scopes that Tray would refuse",
    "`scopes` must be a list of unique texts, each one that the service environment knows, if it lists any.",
    'scopes: "{{ record.scopes }}" where scopes is one text',
    "Split the text: \"{{ record.scopes.split(',') }}\".",
)
