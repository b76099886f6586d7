"""What is known of every authentication and user that this tool sent: claimed, settled, in doubt (protocol)."""

from trayimport.ledger.open import Process, key_files, open_ledger
from trayimport.ledger.store import SqlLedger

__all__ = ["Process", "SqlLedger", "key_files", "open_ledger"]
