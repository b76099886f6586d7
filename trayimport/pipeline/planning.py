"""Records → rows of the plan: rendered, compared with the ledger, judged (design, section 2)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from trayimport.apply.record import doubt_problem, shares_something
from trayimport.codes import content as codes
from trayimport.core.program import Program, Rejected, Rendered, Skipped
from trayimport.model import BadRecord, Diagnostic, Item, Ledger, Problem, Source, State
from trayimport.planstore import PlanStore, Row

BATCH = 1000


@dataclass(slots=True)
class Unit:
    """A mapping that is ready to be planned."""

    program: Program
    source: Source
    warnings: list[Diagnostic] = field(default_factory=list)


Settled = dict[tuple[str, str], State]


def plan_records(
    units: Sequence[Unit],
    ledger: Ledger,
    store: PlanStore,
    now: str,
    settled: Settled,
    progress: Callable[[str, int], None],
) -> None:
    """Put every record of every mapping into the store. Raises SourceError and LedgerError."""
    seq = 0
    for index, unit in enumerate(units):
        batch: list[tuple[int, Rendered]] = []
        rows: list[Row] = []
        for record in unit.source.records():
            seq += 1
            row = _begin(unit.program, record, seq, index, now, store, batch)
            if row is not None:
                rows.append(row)
            if len(batch) >= BATCH or len(rows) >= BATCH:
                rows += _compare(unit.program, batch, index, ledger, store, settled)
                store.add(rows)
                progress(unit.program.mapping.path, seq)
                batch, rows = [], []
        store.add(rows + _compare(unit.program, batch, index, ledger, store, settled))
        progress(unit.program.mapping.path, seq)
    store.index()
    _mark_duplicates(store)


def _begin(
    program: Program,
    record: object,
    seq: int,
    index: int,
    now: str,
    store: PlanStore,
    batch: list[tuple[int, Rendered]],
) -> Row | None:
    if isinstance(record, BadRecord):
        store.add_problems(seq, [record.problem])
        return Row(seq, index, None, None, None, None, "invalid", record.where)
    begun = program.begin(record, now)  # type: ignore[arg-type]
    place = record.where  # type: ignore[attr-defined]
    if isinstance(begun, Skipped):
        return Row(seq, index, None, None, None, None, "skip", place)
    if isinstance(begun, Rejected):
        store.add_problems(seq, begun.problems)
        return Row(seq, index, begun.key, None, None, None, "invalid", place)
    batch.append((seq, begun))
    return None


def _compare(
    program: Program,
    batch: list[tuple[int, Rendered]],
    index: int,
    ledger: Ledger,
    store: PlanStore,
    settled: Settled,
) -> list[Row]:
    identity = program.mapping.identity
    known = ledger.items(identity, [rendered.key for _, rendered in batch])
    new = [rendered.external_user_id for _, rendered in batch if _is_new(known.get(rendered.key))]
    siblings = ledger.items_of_users(sorted(set(new))) if new else {}
    rows = []
    for seq, rendered in batch:
        item = known.get(rendered.key)
        row = Row(
            seq,
            index,
            rendered.key,
            rendered.external_user_id,
            rendered.payload.name,
            rendered.user_name,
            "create",
            rendered.record.where,
            rendered.fingerprint,
            environment=program.environment.id,
        )
        if _is_new(item):
            row = _newcomer(program, rendered, row, siblings.get(rendered.external_user_id, ()), store)
        elif item is not None:
            row = _known(program, rendered, row, item, store, settled)
        rows.append(row)
    return rows


def _is_new(item: Item | None) -> bool:
    return item is None or item.state in {State.PLANNED, State.REFUSED, State.CONFLICT, State.DELETED}


def _newcomer(program: Program, rendered: Rendered, row: Row, siblings: Iterable[Item], store: PlanStore) -> Row:
    problems = program.judge(rendered)
    if problems:
        store.add_problems(row.seq, problems)
        if any(problem.code == codes.SECRET_IDENTITY.id for problem in problems):
            row = row._replace(key=None, user=None, name=None, user_name=None)
        return row._replace(action="invalid")
    content = program.content(rendered) if rendered.payload.credentials else None
    twin = _twin(program, row, content, siblings)
    if twin is not None:
        row = row._replace(twin_mapping=twin.mapping, twin_key=twin.key)
    return row._replace(content=content)


def _twin(program: Program, row: Row, content: str | None, siblings: Iterable[Item]) -> Item | None:
    """Rule 12: what the ledger itself knows of that name or content, under another mapping or key."""
    for item in siblings:
        if (item.mapping, item.key) == (program.mapping.identity, row.key):
            continue
        if item.environment_id != row.environment or _is_new(item):
            continue
        if item.name == row.name or (content is not None and item.content == content):
            return item
    return None


def _known(program: Program, rendered: Rendered, row: Row, item: Item, store: PlanStore, settled: Settled) -> Row:
    if item.external_user_id != rendered.external_user_id:
        message = "this key was imported for another End User"
        store.add_problems(row.seq, [Problem.of(codes.OTHER_USER, "user.externalUserId", message, row.place)])
        return row._replace(action="conflict")
    if item.state != State.CREATED:
        store.add_problems(row.seq, [doubt_problem(item, row.place)])
        return row._replace(action="in_doubt")
    if item.payload == rendered.fingerprint:
        fresh = settled.get((item.mapping, item.key)) == State.CREATED
        return row._replace(action="created" if fresh else "unchanged")
    if program.mapping.on_change == "keep":
        return row._replace(action="keep")
    problems = program.judge(rendered)
    if not problems and not shares_something(item.fields, program.fields(rendered)):
        message = "neither the name nor any credential is what it was"
        problems = (Problem.of(codes.NO_STABLE_FIELD, "auth", message, row.place),)
    if problems:
        store.add_problems(row.seq, problems)
        return row._replace(action="invalid")
    return row._replace(action="update", authentication=item.authentication_id)


def _mark_duplicates(store: PlanStore) -> None:
    found = {"key": codes.DUPLICATE_KEY, "name": codes.DUPLICATE_NAME, "content": codes.DUPLICATE_CONTENT}
    paths = {"key": "key", "name": "name", "content": "credentials"}
    for what, group in store.duplicates():
        for seq, place in group:
            others = [other for number, other in group if number != seq]
            shown = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
            problem = Problem.of(found[what], paths[what], f"the same {what} as {shown}", place)
            store.mark(seq, "invalid", [problem])
