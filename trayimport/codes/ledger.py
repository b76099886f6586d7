"""TI6xx, the ledger."""

from trayimport.codes.base import Code

UNREADABLE = Code(
    "TI601",
    "a ledger that can't be read",
    "The system or the database refused to open or read the ledger, or the file is damaged.",
    "a ledger.db that was cut off while it was copied",
    "Check the file and its permissions; if it is damaged, restore the latest copy: a restored ledger is noticed, and "
    "Tray is asked before anything is sent.",
)
READ_ONLY = Code(
    "TI602",
    "a ledger that can't be written",
    "The ledger or its folder is read-only, and nothing is sent that could not be written down first.",
    ".trayimport on a disk mounted read-only",
    "Make the folder writable for this user, or name another place with --ledger.",
)
FULL = Code(
    "TI603",
    "no space for the ledger",
    "The disk (or the quota) that holds the ledger is full; what could not be written down was not believed.",
    "a full /var",
    "Free some space and run the same command again: it goes on where it stopped.",
)
REPLACED = Code(
    "TI604",
    "a ledger that was deleted or replaced",
    "The file at the ledger's path is no longer the one that this command opened, so what it wrote might be lost.",
    "rm -r .trayimport while an import is running",
    "Find out what removed it, put the ledger back, and run the same command again.",
)
LOCKED = Code(
    "TI605",
    "a ledger in use",
    "One writing command at a time works on a ledger; another one holds it.",
    "two applies in two terminals",
    "Wait for the other command to end, or let this one wait longer with --lock-wait.",
)
NEWER = Code(
    "TI606",
    "a ledger of a newer version",
    "A newer version of trayimport made or changed this ledger, and this one can't know what that means.",
    "an older trayimport on a colleague's machine",
    "Update trayimport.",
)
KEY_LOST = Code(
    "TI607",
    "no key for the ledger",
    "A ledger holds fingerprints made with a key, and that key was not found; a new one would make every record look "
    "changed.",
    "ledger.db copied without ledger.key",
    "Restore `ledger.key` beside the ledger, or set TRAYIMPORT_LEDGER_KEY to the key that the ledger was made with.",
)
KEY_WRONG = Code(
    "TI608",
    "another ledger's key",
    "The key given is not the one that this ledger's fingerprints were made with.",
    "staging's TRAYIMPORT_LEDGER_KEY with the production ledger",
    "Set the key that belongs to this ledger.",
)
KEY_UNUSABLE = Code(
    "TI609",
    "a ledger's key that can't be used",
    "The key is not 64 hexadecimal digits, or its file can be read by others.",
    "ledger.key with mode 0644",
    "Write the key as 64 hexadecimal digits, and give its file mode 0600.",
)
NOT_A_LEDGER = Code(
    "TI610",
    "something that is no ledger",
    "What --ledger names holds something else.",
    "--ledger sqlite:///app.db",
    "Name the ledger's own file or database; a new one is made where there is none.",
)
BAD_URL = Code(
    "TI611",
    "a ledger's address that can't be used",
    "A ledger is an SQLite file or a PostgreSQL database.",
    "--ledger mysql://db/ledger",
    "Write it as sqlite:///path/ledger.db or postgresql://user@host/database.",
)
UNAVAILABLE = Code(
    "TI612",
    "a ledger that can't be reached",
    "The database that holds the ledger did not answer, or refused the connection.",
    "PostgreSQL restarting",
    "Check the address and the database, then run the same command again: it goes on where it stopped.",
)
DRIVER_MISSING = Code(
    "TI613",
    "no driver for PostgreSQL",
    "A PostgreSQL ledger needs a driver that is not installed.",
    "--ledger postgresql://db/ledger after a plain install",
    "Install it: pip install 'trayimport[postgres]'.",
)
OTHER_ORGANISATION = Code(
    "TI614",
    "a ledger tied to another organisation",
    "A ledger belongs to the region and hosts that it was first used with.",
    "an EU run with the ledger of the US organisation",
    "Use that organisation's own ledger: --ledger.",
)
CONTENDED = Code(
    "TI615",
    "a ledger that others keep changing",
    "Writing collided with others' writes several times in a row.",
    "many runners on one overloaded database",
    "Run the same command again.",
)
UNKNOWN_TO_TRAY = Code(
    "TI616",
    "created by the ledger's word, and not in Tray",
    "The ledger is not the one that was written last, and what it believes created is not there: it was deleted since "
    "then, perhaps by a rollback that this ledger has not seen.",
    "a ledger.db put back to what it was before a rollback",
    "Look at it in Tray. To have the record imported again: trayimport resolve KEY --absent.",
    severity="warning",
)
UNKNOWN_TO_LEDGER = Code(
    "TI617",
    "in Tray, and unknown to the ledger",
    "The ledger is not the one that was written last, and Tray has an authentication for one of its End Users that it "
    "does not know: a later run made it, or the End User did.",
    "a ledger.db put back to what it was before the last run",
    "Put the later ledger back if there is one. Else nothing has to be done: a record that equals it is handled by "
    "on_existing, and what the ledger does not know is never deleted.",
    severity="warning",
)
LINKED = Code(
    "TI618",
    "a ledger's file that is a link",
    "Under two names one ledger has two locks and two write-ahead logs, and what a lock links to would be overwritten.",
    "ln state/ledger.db backup/ledger.db",
    "Keep one name: replace the other by a copy (SQLite's `.backup` makes one), or remove the link.",
)
LEASE_LOST = Code(
    "TI619",
    "a turn at the ledger that is over",
    "This run did not renew its lease in time, so another may have begun; it sends nothing more, and claims nothing.",
    "a laptop that slept, or a network that was gone, for longer than --lease",
    "Run the same command again: it waits for its turn, and what was sent is settled first.",
)
