"""TI5xx, Tray and the network."""

from trayimport.codes.base import Code

NO_TOKEN = Code(
    "TI501",
    "no master token",
    "Tray's master token was given neither in TRAY_MASTER_TOKEN nor in TRAY_MASTER_TOKEN_FILE.",
    "trayimport apply mappings/ in a fresh shell",
    "Set one of the two; a flag would show it in the process list.",
)
TWO_TOKENS = Code(
    "TI502",
    "two master tokens",
    "TRAY_MASTER_TOKEN and TRAY_MASTER_TOKEN_FILE are both set; which is meant?",
    "both in one CI job",
    "Unset one of them.",
)
BAD_TOKEN_FILE = Code(
    "TI503",
    "a token that can't be used",
    "The master token's file can't be read, is empty, or holds more than a token.",
    "TRAY_MASTER_TOKEN_FILE=/run/secrets/tray",
    "Check the file; it must hold the token alone.",
)
BAD_URL = Code(
    "TI504",
    "an address that can't be used",
    "Tray's addresses are https (http on loopback only), and both are given together.",
    "--api-url http://api.example.com",
    "Give --api-url and --graphql-url, or only --region.",
)
MASTER_REFUSED = Code(
    "TI505",
    "a master token that Tray refuses",
    "The token is wrong, has been revoked, or belongs to another region.",
    "an EU token at the US host",
    "Check the token and --region; nothing was sent with another token.",
)
OUTAGE = Code(
    "TI506",
    "no good answer for a while",
    "Tray or the network did not answer usefully; the run was stopped.",
    "an outage of Tray",
    "Run the same command again later; what was sent is settled first.",
)
UNREACHABLE = Code(
    "TI507",
    "a host that can't be reached",
    "The name could not be resolved, or the connection was refused or failed in TLS.",
    "--api-url https://api.tray.example",
    "Check the address, the network and the proxy.",
)
REDIRECTED = Code(
    "TI508",
    "a redirect",
    "Tray's API redirects nobody; a token is never sent after one.",
    "a captive portal",
    "Check the address and the network in between.",
)
NO_ANSWER = Code(
    "TI509",
    "an answer that did not come",
    "The connection was cut, or the time ran out, after the request had left.",
    "a time-out",
    "Run again; what may have been done is looked for first.",
)
NOT_JSON = Code(
    "TI510",
    "an answer that can't be read",
    "The answer is no JSON of the documented shape: HTML of a proxy, cut short, or too large.",
    "502 Bad Gateway",
    "Run again; if it stays so, check what stands between you and Tray.",
)
SERVER_ERROR = Code(
    "TI511",
    "an error of Tray",
    "Tray answered with a status or an error that does not say whether it did something.",
    "500",
    "Run again; what may have been done is looked for first.",
)
REFUSED = Code(
    "TI512",
    "a request that Tray refused",
    "Tray says that the request is not acceptable, and did nothing.",
    "400 for a credential that its schema refuses",
    "`trayimport pull` and `validate`; tighten `schema:` in the mapping.",
)
UNAUTHORISED = Code(
    "TI513",
    "a token that Tray refuses",
    "401, or GraphQL's access_not_allowed.",
    "a revoked token",
    "Check the master token; user tokens are made anew by themselves.",
)
NOT_FOUND = Code(
    "TI514",
    "not found",
    "Tray knows no such thing, or does not show it to this token.",
    "404 for an environment",
    "Check that it exists in this organisation.",
)
RATE_LIMITED = Code(
    "TI515",
    "the rate limit",
    "Tray's limit of requests was reached; the run slows down and goes on.",
    "429",
    "Nothing, or a lower --rate where others use the same organisation.",
    "warning",
)
EXISTS = Code(
    "TI516",
    "a user who exists already",
    "Tray says that the External User is there already.",
    "user_already_exists",
    "Nothing: the user is looked for.",
    "warning",
)
EXPIRED_PERMIT = Code(
    "TI517",
    "a claim that grew too old",
    "Too much time passed between the claim and the socket; it was given back unsent.",
    "a laptop that slept",
    "Nothing: it is claimed again.",
    "warning",
)
MIXED_UP = Code(
    "TI518",
    "one account for two End Users",
    "Tray answered one user token, or one user id, for two accounts; credentials would have met in one of them.",
    "a cache in between that answers authorize from its store",
    "Find what stands between you and Tray and caches; then run again: what was sent is settled first.",
)
ENDLESS = Code(
    "TI519",
    "a list that does not end",
    "The cursor of a page leads back to a page that was read, or page after page brings nothing new.",
    "a cache in between that answers every page from its store",
    "Find what stands between you and Tray and caches; then run again.",
)
