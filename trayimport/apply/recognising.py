"""The one question of first contact, doubts, updates, `resolve` and `rollback`: is this authentication the record's?"""

from collections.abc import Mapping
from functools import partial

from trayimport.apply.context import Context
from trayimport.apply.match import Whose, full_fields, same_content, whose
from trayimport.model import Full, Item


def recognise(
    context: Context, environment_id: str, fields: Mapping[str, str], found: Full, *, known: bool = False
) -> Whose:
    """Compare the fields of a record (Item.fields) with an authentication of that environment.

    `known`: whether its id is the one that the ledger has for the record. Raises SourceError, LedgerError.
    """
    there = full_fields(found, context.ledger.fingerprint)
    return whose(fields, there, partial(context.shared, environment_id), known=known)


def recognise_item(context: Context, item: Item, found: Full, *, known: bool = False) -> Whose:
    """The same for an item of the ledger."""
    return recognise(context, item.environment_id, item.fields, found, known=known)


def may_be(context: Context, item: Item, found: Full) -> bool:
    """Whether an authentication is the item's, or holds the same without telling whose it is."""
    same = same_content(item.fields, full_fields(found, context.ledger.fingerprint))
    return same or recognise_item(context, item, found) is Whose.OURS
