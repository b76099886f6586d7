"""Where a ledger that was put back, or follows one that is gone, and Tray differ: named, never mended by a guess."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from trayimport.apply.asking import exists, listing
from trayimport.apply.context import Context
from trayimport.apply.effects import Work
from trayimport.codes import ledger as codes
from trayimport.errors import NotFoundError, RecordError, StoppedError, TrayError
from trayimport.model import Item, Listing, Problem, State
from trayimport.pipeline.planning import Unit
from trayimport.planstore import PlanStore

Named = tuple[str, str | None, Problem]
"""(path of the mapping, key, problem)."""


@dataclass(slots=True)
class Differences:
    """What was found; `unread` counts the users whose lists could not be had."""

    named: list[Named] = field(default_factory=list)
    unread: int = 0


def users_to_compare(context: Context, units: Sequence[Unit], store: PlanStore) -> dict[str, str]:
    """Tray's ids, by externalUserId, of the End Users that the mappings have in the ledger or in the plan."""
    found: dict[str, str] = {}
    for unit in units:
        for item in context.ledger.items_of_mapping(unit.program.mapping.identity):
            if item.user_id is not None:
                found[item.external_user_id] = item.user_id
    for user in store.users(missing=False):
        if user.id is not None:
            found[user.external_user_id] = user.id
    return found


def compare_users(context: Context, units: Sequence[Unit], users: dict[str, str], found: Differences) -> Iterator[Work]:
    """A worker for each user; `found` gets what differs."""
    paths: dict[str, str] = {}
    for unit in units:
        paths.setdefault(unit.program.environment.id or "", unit.program.mapping.path)
    owners = {unit.program.mapping.identity: unit.program.mapping.path for unit in units}
    for external, user_id in users.items():
        yield _compare(context, (external, user_id), owners, paths, found)


def _compare(
    context: Context, user: tuple[str, str], owners: dict[str, str], paths: dict[str, str], found: Differences
) -> Work:
    external, user_id = user
    state = context.state(external)
    state.user_id = state.user_id or user_id
    items = context.ledger.items_of_users([external]).get(external, [])
    try:
        shown: Listing = yield from listing(context, state)
        listed = {one.id for one in shown.authentications}
        for item in items:
            if item.mapping not in owners or item.state != State.CREATED or item.authentication_id in listed:
                continue
            if not (yield from exists(context, state, item.authentication_id or "")):
                found.named.append((owners[item.mapping], item.key, _gone(item, owners)))
    except NotFoundError:
        mine = [item for item in items if item.mapping in owners and item.state == State.CREATED]
        found.named += [(owners[item.mapping], item.key, _gone(item, owners)) for item in mine]
        return
    except StoppedError:
        raise
    except (RecordError, TrayError):
        found.unread += 1
        return
    known = {item.authentication_id for item in items}
    for one in shown.authentications:
        if one.environment_id in paths and one.id not in known:
            message = f"External User {external} has authentication {one.id}, which this ledger does not know"
            problem = Problem.of(codes.UNKNOWN_TO_LEDGER, "auth", message, paths[one.environment_id])
            found.named.append((paths[one.environment_id], None, problem))


def _gone(item: Item, owners: dict[str, str]) -> Problem:
    message = f"record {item.key} counts as created, and Tray has no authentication {item.authentication_id}"
    return Problem.of(codes.UNKNOWN_TO_TRAY, "auth", message, owners[item.mapping])
