"""Conflicts belong to the plan: what existing users have already, seen before the first write (design, section 5)."""

from collections.abc import Callable, Iterator, Sequence

from trayimport.apply.contact import Wanted, match
from trayimport.apply.context import Context
from trayimport.apply.effects import Work
from trayimport.codes import content as codes
from trayimport.core.program import Rendered
from trayimport.errors import RecordError, TrayError
from trayimport.model import Problem, Record
from trayimport.pipeline.planning import Unit
from trayimport.planstore import PlannedUser, PlanStore, Row

MOST = 10_000
"""Users up to whom look-ups are made at plan time (commands, ruling 16)."""
Wanting = dict[int, Wanted]


def users_to_look_at(store: PlanStore) -> Iterator[tuple[PlannedUser, list[Row]]]:
    """Existing users with something new to be sent."""
    for user in list(store.users(missing=False)):
        rows = store.rows_of_user(user.external_user_id, ("create",))
        if rows:
            yield user, rows


def look(
    context: Context, store: PlanStore, user: PlannedUser, rows: list[Row], wanted: Callable[[Row], Wanted | None]
) -> Work:
    """List one user's authentications, and mark the rows that match something."""
    state = context.state(user.external_user_id)
    state.user_id = state.user_id or user.id
    for row in rows:
        want = wanted(row)
        if want is None:
            continue
        siblings = context.ledger.items_of_users([user.external_user_id]).get(user.external_user_id, [])
        known = [item.authentication_id for item in siblings if item.authentication_id]
        try:
            found = yield from match(context, state, want, known)
        except (RecordError, TrayError) as error:
            code = error.problem.code if isinstance(error, RecordError) else error.code.id
            problem = Problem(code, "name", "the user's authentications can't be listed", row.place)
            store.mark(row.seq, "conflict", [problem])
            continue
        if found.action == "conflict":
            base = found.problem or Problem.of(codes.EXISTS, "name", "already there")
            store.mark(row.seq, "conflict", [Problem(base.code, base.path, base.message, row.place, base.remedy)])
        elif found.action != "create":
            store.mark(row.seq, found.action, (), found.authentication_id)


def wanted_rows(units: Sequence[Unit], now: str, seqs: set[int]) -> Wanting:
    """What the rows of `seqs` would become, by reading the sources once more; nothing of it holds a value."""
    found: Wanting = {}
    seq = 0
    for unit in units:
        for record in unit.source.records():
            seq += 1
            if seq not in seqs or not isinstance(record, Record):
                continue
            rendered = unit.program.begin(record, now)
            if isinstance(rendered, Rendered):
                found[seq] = Wanted(
                    rendered.payload.name,
                    unit.program.environment.id or "",
                    unit.program.fields(rendered),
                    unit.program.mapping.on_existing,
                )
    return found
