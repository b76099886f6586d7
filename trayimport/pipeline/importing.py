"""The plan's rows → jobs for the users' workers, by reading the sources once more."""

from collections import deque
from collections.abc import Iterator, Sequence

from trayimport.apply.context import Context, Job
from trayimport.apply.effects import Work
from trayimport.apply.work import look_again, open_by_user, serve, settle_open
from trayimport.codes import content as codes
from trayimport.core.program import Rendered
from trayimport.model import Item, Problem, Record
from trayimport.pipeline.planning import Unit
from trayimport.planstore import PlanStore, Row

SEND = ("create", "adopt", "update", "in_doubt")


def import_all(context: Context, units: Sequence[Unit], store: PlanStore, now: str) -> Iterator[Work]:
    """Workers for the loop, never two at a time for one End User: every record with work, and what is open in the
    ledger but in no record of this run."""
    left = _open_elsewhere(context, store)
    queues: dict[str, deque[Job]] = {}
    for external in [user for user in left if not store.rows_of_user(user, SEND)]:
        yield settle_open(context, left.pop(external), context.started)
    for job in _jobs(context, units, store, now):
        external = job.rendered.external_user_id
        queue = queues.get(external)
        if queue:
            queue.append(job)
            continue
        queue = queues[external] = deque([job])
        yield _serve(context, external, queue, queues, left.pop(external, []))
    for items in left.values():
        yield settle_open(context, items, context.started)


def _serve(context: Context, external: str, queue: deque[Job], queues: dict[str, deque[Job]], left: list[Item]) -> Work:
    try:
        if left:
            yield from settle_open(context, left, context.started)
        yield from serve(context, external, queue)
    finally:
        queues.pop(external, None)


def _open_elsewhere(context: Context, store: PlanStore) -> dict[str, list[Item]]:
    """What is open in the ledger and in no record of this run, by End User."""
    found = {}
    for items in open_by_user(context):
        others = [item for item in items if not _in_plan(store, item)]
        if others:
            found[items[0].external_user_id] = others
    return found


def _in_plan(store: PlanStore, item: Item) -> bool:
    rows = store.rows_of_user(item.external_user_id, SEND)
    return any(row.key == item.key for row in rows)


def _jobs(context: Context, units: Sequence[Unit], store: PlanStore, now: str) -> Iterator[Job]:
    for index, unit in enumerate(units):
        rows = store.rows(index, SEND)
        row = next(rows, None)
        seq = _before(store, index)
        records = unit.source.records() if row is not None else iter(())
        for record in records:
            seq += 1
            if row is None:
                break
            if seq != row.seq:
                continue
            yield from _job(context, unit, row, record, now)
            row = next(rows, None)
        while row is not None:
            _changed(context, row)
            row = next(rows, None)


def _before(store: PlanStore, index: int) -> int:
    first = next(store.rows(index, selected=False), None)
    return 0 if first is None else first.seq - 1


def _job(context: Context, unit: Unit, row: Row, record: object, now: str) -> Iterator[Job]:
    rendered = unit.program.begin(record, now) if isinstance(record, Record) else None
    if not isinstance(rendered, Rendered) or (rendered.key, rendered.fingerprint) != (row.key, row.payload):
        _changed(context, row)
        return
    yield Job(row, rendered, unit.program)


def _changed(context: Context, row: Row) -> None:
    problem = Problem.of(codes.CHANGED_SINCE_PLAN, "key", "not what it was when the plan was made", row.place)
    context.report(row.seq, "failed", [problem])


def final_looks(context: Context) -> Iterator[Work]:
    """Rule 13, for what was sent more than once."""
    groups: dict[str, list[Item]] = {}
    for item in context.resent:
        groups.setdefault(item.external_user_id, []).append(item)
    for external, items in groups.items():
        yield look_again(context, external, items)
