"""The worker of one End User: what is open first, then the records in order."""

from collections import deque
from collections.abc import Iterator

from trayimport.apply.asking import full, listing
from trayimport.apply.context import Context, Job, UserState
from trayimport.apply.doubt import settle, settle_update
from trayimport.apply.effects import Work
from trayimport.apply.recognising import may_be
from trayimport.apply.record import import_record
from trayimport.apply.user import ensure_user
from trayimport.codes import content as codes
from trayimport.errors import RecordError, StoppedError, TrayError
from trayimport.model import Item, Listing, Problem, State


def serve(context: Context, external_user_id: str, jobs: deque[Job]) -> Work:
    """Import the records of one user, one at a time; more may be added to `jobs` while this runs."""
    state = context.state(external_user_id)
    while jobs:
        job = jobs[0]
        if state.lost is not None:
            problem = state.lost
            problem = Problem(problem.code, problem.path, problem.message, job.row.place, problem.remedy)
            context.report(job.row.seq, "failed", [problem])
        else:
            yield from _one(context, state, job)
        jobs.popleft()


def _one(context: Context, state: UserState, job: Job) -> Work:
    place = job.row.place
    try:
        yield from ensure_user(context, state)
        yield from import_record(context, state, job)
    except RecordError as error:
        problem = error.problem
        problem = Problem(problem.code, problem.path, problem.message, place, problem.remedy)
        context.report(job.row.seq, "failed", [problem])
    except TrayError as error:
        context.report(job.row.seq, "failed", [Problem.of(error.code, "auth", error.summary, place)])


def try_user(context: Context, external_user_id: str) -> Work:
    """Make a user before its records come; why that can't be done is told with them."""
    try:
        yield from ensure_user(context, context.state(external_user_id))
    except StoppedError:
        raise
    except (RecordError, TrayError):
        return


def settle_open(context: Context, items: list[Item], since: float) -> Work:
    """Settle what earlier runs left open for one user; says how many are ours now, and how many remain in doubt."""
    state = context.state(items[0].external_user_id)
    created = doubtful = 0
    for item in items:
        state.user_id = state.user_id or item.user_id
        after = item
        try:
            if state.user_id is not None and state.lost is None and item.state != State.DELETING:
                updating = item.state == State.UPDATING or item.detail == "update"
                after = yield from (settle_update if updating else settle)(context, state, item, since)
        except (RecordError, TrayError):
            after = item
        if after.state == State.CREATED:
            created += 1
        elif after.state in {State.SENDING, State.IN_DOUBT, State.UPDATING}:
            doubtful += 1
        context.settled[item.mapping, item.key] = after.state
    return created, doubtful


def open_by_user(context: Context) -> Iterator[list[Item]]:
    """What is open in the ledger, user by user."""
    groups: dict[str, list[Item]] = {}
    for item in context.ledger.open_items():
        groups.setdefault(item.external_user_id, []).append(item)
    yield from groups.values()


def look_again(context: Context, external_user_id: str, items: list[Item]) -> Work:
    """Rule 13: after a re-send, one more look; two with our content are reported, never deleted unasked."""
    state = context.state(external_user_id)
    try:
        found: Listing = yield from listing(context, state)
        for item in items:
            known = set(item.snapshot or ()) | {
                other.authentication_id
                for other in context.ledger.items_of_users([external_user_id]).get(external_user_id, [])
            }
            for listed in found.authentications:
                if listed.environment_id != item.environment_id or listed.id in known:
                    continue
                clear = yield from full(context, state, listed.id)
                if clear and may_be(context, item, clear):
                    message = f"{item.authentication_id} and {listed.id} hold the same"
                    context.twice.append((item, Problem.of(codes.TWICE, "auth", message)))
    except (RecordError, TrayError):
        return
