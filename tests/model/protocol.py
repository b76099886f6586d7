"""Explicit states of one import under the rules of the protocol: every order of steps, crashes, losses and delays.

Time passes in ticks. A request on the wire may be committed up to COMMIT ticks later, whether or not anybody waits; a
creation may be missing from look-ups for LAG ticks; a claim allows sending for SEND ticks. One End User, whose
records are imported by runners that may crash, be paused beyond their lease, and start again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import NamedTuple

SEND, COMMIT, LAG = 1, 1, 1
OTHERS = -1
"""Content that somebody else made."""
Label = str


@dataclass(frozen=True, slots=True)
class Rules:
    """The protocol's rules; with one off, exploring must find what it is there for."""

    intent: bool = True
    """1: the claim is durable before the bytes leave."""
    certain_refusals_only: bool = True
    """2: what may have been committed is no refusal."""
    window: int = SEND + COMMIT + LAG
    """4: ticks for which an absence must have been possible to refute."""
    complete_lists_only: bool = True
    """5."""
    snapshot_kept: bool = True
    """6: the ids that were there before the first attempt are kept through all attempts."""
    meets_again: bool = True
    """6, 11: a snapshot settles what may have been delivered only; all else is met anew before it is sent."""
    by_content: bool = True
    """7: recognised by what was sent, not by name."""
    specific: bool = True
    """7: what others may have too proves nothing."""
    permit: bool = True
    """8: at the socket, the claim is younger than SEND."""
    lease: bool = True
    """8: at the socket, the lease still holds."""
    compare_and_set: bool = True
    """9: a write holds only for the state and attempt that it was made for."""
    first_contact: bool = True
    """11: a list by content before the first send."""
    fresh_waits: bool = True
    """11: a fresh ledger proves no absence before COMMIT + LAG."""
    restored_waits: bool = True
    """11: nor does one that was put back."""
    waits_unseen: bool = True
    """11: whatever the first list shows, an empty one too."""
    asks_itself: bool = True
    """12: what the ledger knows under another key is no newcomer."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What may happen, and how often."""

    records: int = 1
    runners: int = 1
    crashes: int = 1
    faults: int = 1
    renames: int = 0
    foreign: int = 0
    pauses: int = 0
    ledgers_lost: int = 0
    rekeys: int = 0
    refusals: int = 0
    """Tray refuses a request; the record is sent again by the next run."""
    by_hand: int = 0
    """Somebody makes what was refused."""
    put_back: int = 0
    """The ledger is put back to what it was at any earlier moment."""
    common_leaf: bool = False
    """What somebody else makes has something in common with every record."""
    nothing_specific: bool = False
    """Nothing in a record is its own."""
    partial_lists: bool = False


class Made(NamedTuple):
    """An authentication in Tray: whose content, under whose name (OTHERS: renamed), ticks until it is surely seen."""

    content: int
    name: int
    lag: int


class Sent(NamedTuple):
    """A request on the wire: for which record and attempt, who waits (-1: nobody), and ticks until it is too late."""

    record: int
    attempt: int
    waits: int
    left: int


class Row(NamedTuple):
    """A record in the ledger: planned, sending, created, refused, doubt or conflict; `clock` runs down the window."""

    state: str
    attempt: int = 0
    made: int = -1
    clock: int = 0
    snapshot: frozenset[int] | None = None


class Runner(NamedTuple):
    """A process: what it is about to do with which record, its claim's age, what it came to know, and its lease."""

    step: str = "idle"
    record: int = -1
    attempt: int = 0
    age: int = 0
    found: int = -1
    verdict: str = ""
    met: bool = False
    holds: bool = False


class World(NamedTuple):
    """Everything; `budget` is what is left of the setting's crashes, faults, …."""

    tray: tuple[Made, ...]
    wire: tuple[Sent, ...]
    ledger: tuple[Row, ...]
    runners: tuple[Runner, ...]
    quarantine: int
    budget: tuple[int, ...]
    before: frozenset[int]
    """Ids that the ledger knows under keys of earlier."""
    copy: tuple[Row, ...] | None = None
    """What somebody has copied away of the ledger."""


CRASH, FAULT, RENAME, FOREIGN, PAUSE, LOSS, REKEY, REFUSAL, BY_HAND, PUT_BACK = range(10)


def beginning(setting: Setting) -> World:
    """Nothing is sent yet."""
    budget = (setting.crashes, setting.faults, setting.renames, setting.foreign, setting.pauses)
    return World(
        (),
        (),
        (Row("planned"),) * setting.records,
        (Runner(),) * setting.runners,
        0,
        (*budget, setting.ledgers_lost, setting.rekeys, setting.refusals, setting.by_hand, setting.put_back),
        frozenset(),
    )


def steps(rules: Rules, setting: Setting, world: World) -> Iterator[tuple[Label, World]]:
    """Everything that may happen next. Labels in capitals are what nobody wants."""
    for number, runner in enumerate(world.runners):
        yield from _runner(rules, setting, world, number, runner)
    yield from _tray(rules, world)
    yield from _others(rules, world)
    yield from _backups(rules, world)
    yield from _tick(world)


def broken(world: World) -> str | None:
    """What must never be."""
    contents = [made.content for made in world.tray if made.content >= 0]
    if len(contents) > len(set(contents)):
        return "twice"
    for record, row in enumerate(world.ledger):
        if row.state == "created" and world.tray[row.made].content != record:
            return "somebody else's"
    return None


def ended(setting: Setting, world: World) -> str | None:
    """What must not be where nothing more happens by itself."""
    meddled = world.budget[RENAME : FOREIGN + 1] != (setting.renames, setting.foreign)
    for record, row in enumerate(world.ledger):
        there = any(made.content == record for made in world.tray)
        if row.state in ("planned", "sending") or (row.state == "refused" and setting.refusals):
            return "stuck"
        if row.state == "refused" and there:
            return "refused, yet there"
        if row.state == "doubt" and not (meddled or setting.partial_lists or setting.nothing_specific):
            return "in doubt without need"
    return None


def _with(world: World, number: int, runner: Runner, **changes: object) -> World:
    runners = (*world.runners[:number], runner, *world.runners[number + 1 :])
    return world._replace(runners=runners, **changes)  # type: ignore[arg-type]


def _row(world: World, record: int, row: Row) -> tuple[Row, ...]:
    return (*world.ledger[:record], row, *world.ledger[record + 1 :])


def _spent(world: World, what: int) -> tuple[int, ...]:
    return (*world.budget[:what], world.budget[what] - 1, *world.budget[what + 1 :])


def _views(setting: Setting, world: World) -> Iterator[tuple[frozenset[int], bool]]:
    """What a list may show, and whether it says that it is complete."""
    sure = [number for number, made in enumerate(world.tray) if made.lag == 0]
    late = [number for number, made in enumerate(world.tray) if made.lag > 0]
    for some in chain.from_iterable(combinations(late, size) for size in range(len(late) + 1)):
        yield frozenset((*sure, *some)), True
    if setting.partial_lists:
        for some in chain.from_iterable(combinations(sure, size) for size in range(len(sure))):
            yield frozenset(some), False


def _runner(rules: Rules, setting: Setting, world: World, number: int, runner: Runner) -> Iterator[tuple[Label, World]]:
    if world.budget[CRASH] and (runner.step != "idle" or runner.holds):
        wire = tuple(sent._replace(waits=-1) if sent.waits == number else sent for sent in world.wire)
        yield "CRASHES", _with(world, number, Runner(), wire=wire, budget=_spent(world, CRASH))
    if runner.holds and world.budget[PAUSE]:
        paused = runner._replace(holds=False)
        yield "IS PAUSED BEYOND ITS LEASE", _with(world, number, paused, budget=_spent(world, PAUSE))
    match runner.step:
        case "idle":
            yield from _idle(rules, setting, world, number, runner)
        case "claimed":
            late = rules.permit and runner.age > SEND
            if late or (rules.lease and not runner.holds):
                yield "gives the claim back", _give_back(world, number, runner)
            else:
                sent = Sent(runner.record, runner.attempt, number, COMMIT)
                wire = tuple(sorted((*world.wire, sent)))
                yield "sends", _with(world, number, runner._replace(step="waiting"), wire=wire)
        case "waiting" if world.budget[FAULT]:
            wire = tuple(sent._replace(waits=-1) if sent.waits == number else sent for sent in world.wire)
            doubtful = runner._replace(step="doubtful")
            yield "GIVES UP WAITING", _with(world, number, doubtful, wire=wire, budget=_spent(world, FAULT))
        case "answered" | "refused":
            yield "settles", _settled(rules, world, number, runner)
        case "doubtful":
            yield from _looks(rules, setting, world, number, runner)
        case "decided":
            yield f"writes that it is {runner.verdict}", _decided(rules, world, number, runner)


def _idle(rules: Rules, setting: Setting, world: World, number: int, runner: Runner) -> Iterator[tuple[Label, World]]:
    if not runner.holds:
        todo = ("planned", "sending", "refused") if setting.refusals else ("planned", "sending")
        if not any(other.holds for other in world.runners) and any(row.state in todo for row in world.ledger):
            # What is open is looked at anew by whoever takes over: its window begins now.
            rows = tuple(_taken_over(rules, row) if row.state in todo else row for row in world.ledger)
            yield "takes the lease", _with(world, number, Runner(holds=True), ledger=rows)
        return
    opened = [record for record, row in enumerate(world.ledger) if row.state == "sending"]
    planned = [record for record, row in enumerate(world.ledger) if row.state == "planned"]
    if opened:
        row = world.ledger[opened[0]]
        yield (
            "looks at what is open",
            _with(world, number, runner._replace(step="doubtful", record=opened[0], attempt=row.attempt)),
        )
    if not planned and not opened:
        yield "gives the lease back", _with(world, number, Runner())
    elif planned and not runner.met:
        yield from _contact(rules, setting, world, number, runner)
    elif not opened:
        record = planned[0]
        row = world.ledger[record]
        claimed = row._replace(state="sending", attempt=row.attempt + 1, clock=rules.window)
        rows = _row(world, record, claimed) if rules.intent else world.ledger
        after = runner._replace(step="claimed", record=record, attempt=row.attempt + 1, age=0)
        yield "claims", _with(world, number, after, ledger=rows)


def _taken_over(rules: Rules, row: Row) -> Row:
    return row._replace(clock=rules.window) if row.state == "sending" else row._replace(state="planned")


def _contact(
    rules: Rules, setting: Setting, world: World, number: int, runner: Runner
) -> Iterator[tuple[Label, World]]:
    """First contact: a list before the first send, which is the snapshot too."""
    known = {row.made for row in world.ledger if row.state == "created"} | world.before
    for view, complete in _views(setting, world):
        if (not complete and rules.complete_lists_only) or (world.quarantine and (view or rules.waits_unseen)):
            continue
        rows = world.ledger
        for record, row in enumerate(world.ledger):
            if row.state == "sending" and not rules.snapshot_kept:
                rows = (*rows[:record], row._replace(snapshot=view), *rows[record + 1 :])
            if row.state != "planned":
                continue
            if row.snapshot is not None and not rules.meets_again:
                continue
            again = rules.asks_itself and any(world.tray[made].content == record for made in world.before)
            seen = any(world.tray[one].content == record for one in view - known)
            if again or (rules.first_contact and seen):
                rows = (*rows[:record], row._replace(state="conflict"), *rows[record + 1 :])
            elif row.snapshot is None or not rules.snapshot_kept:
                rows = (*rows[:record], row._replace(snapshot=view), *rows[record + 1 :])
        yield f"sees {sorted(view)} first", _with(world, number, runner._replace(met=True), ledger=rows)


def _give_back(world: World, number: int, runner: Runner) -> World:
    row = world.ledger[runner.record]
    rows = world.ledger
    if runner.holds and row.state == "sending" and row.attempt == runner.attempt:
        # Nothing was sent: the attempt does not count.
        rows = _row(world, runner.record, row._replace(state="planned", attempt=row.attempt - 1))
    return _with(world, number, Runner(holds=runner.holds, met=runner.met), ledger=rows)


def _settled(rules: Rules, world: World, number: int, runner: Runner) -> World:
    row = world.ledger[runner.record]
    rows = world.ledger
    mine = row.state == "sending" and row.attempt == runner.attempt
    if mine or not rules.intent or not rules.compare_and_set:
        if runner.step == "answered":
            after = row._replace(state="created", made=runner.found, attempt=runner.attempt)
        else:
            # The snapshot of an attempt that was certainly not carried out stands for no delivery.
            delivered = row.snapshot if row.attempt > 1 or not rules.meets_again else None
            after = row._replace(state="refused", attempt=runner.attempt, snapshot=delivered)
        rows = _row(world, runner.record, after)
    return _with(world, number, Runner(holds=runner.holds, met=runner.met), ledger=rows)


def _looks(rules: Rules, setting: Setting, world: World, number: int, runner: Runner) -> Iterator[tuple[Label, World]]:
    row = world.ledger[runner.record]
    idle = Runner(holds=runner.holds, met=runner.met)
    if not rules.intent and row.state != "sending":
        yield "forgets", _with(world, number, idle)
        return
    if rules.compare_and_set and (not runner.holds or row.state != "sending" or row.attempt != runner.attempt):
        yield "is not the owner any more", _with(world, number, idle)
        return
    verdicts = {
        _verdict(rules, setting, world, runner.record, row, view, complete=complete)
        for view, complete in _views(setting, world)
    }
    for state, made in sorted(verdicts - {("", -1)}):
        decided = runner._replace(step="decided", verdict=state, found=made)
        yield f"finds it {state}", _with(world, number, decided)


def _decided(rules: Rules, world: World, number: int, runner: Runner) -> World:
    row = world.ledger[runner.record]
    rows = world.ledger
    mine = runner.holds and row.state == "sending" and row.attempt == runner.attempt
    if mine or not rules.compare_and_set:
        rows = _row(world, runner.record, row._replace(state=runner.verdict, made=runner.found))
    return _with(world, number, Runner(holds=runner.holds, met=runner.met), ledger=rows)


def _is_ours(rules: Rules, setting: Setting, made: Made, record: int) -> bool:
    if not rules.specific and made.content == OTHERS:
        return setting.common_leaf or setting.nothing_specific
    return made.content == record and not setting.nothing_specific


def _verdict(
    rules: Rules, setting: Setting, world: World, record: int, row: Row, view: frozenset[int], *, complete: bool
) -> tuple[str, int]:
    """The state that a look gives a record, and its id; ("", -1): not decided yet."""
    known = {other.made for number, other in enumerate(world.ledger) if other.state == "created" and number != record}
    candidates = sorted(view - known - (row.snapshot or frozenset()))
    if rules.by_content:
        ours = [one for one in candidates if _is_ours(rules, setting, world.tray[one], record)]
        others = [one for one in candidates if world.tray[one].content == OTHERS or setting.nothing_specific]
    else:
        ours = [one for one in candidates if world.tray[one].name == record]
        others = []
    if len(ours) == 1:
        return "created", ours[0]
    if len(ours) > 1:
        return "doubt", -1
    if row.clock > 0:
        return "", -1
    if others or (rules.complete_lists_only and not complete):
        return "doubt", -1
    return "planned", -1


def _tray(rules: Rules, world: World) -> Iterator[tuple[Label, World]]:
    """What Tray does with what is on the wire."""
    for sent in set(world.wire):
        wire = list(world.wire)
        wire.remove(sent)
        made = (*world.tray, Made(sent.record, sent.record, LAG))
        after = world._replace(wire=tuple(wire))
        done = after._replace(tray=made)
        if sent.waits < 0:
            yield "commits late", done
            yield "never commits", after
            continue
        runner = world.runners[sent.waits]
        answered = runner._replace(step="answered", found=len(world.tray))
        yield "commits", _with(done, sent.waits, answered)
        if world.budget[REFUSAL]:
            refused = runner._replace(step="refused")
            yield "TRAY REFUSES", _with(after, sent.waits, refused, budget=_spent(world, REFUSAL))
        if world.budget[FAULT]:
            budget = _spent(world, FAULT)
            doubtful = runner._replace(step="doubtful")
            yield "THE ANSWER IS LOST", _with(done, sent.waits, doubtful, budget=budget)
            yield "THE REQUEST IS LOST", _with(after, sent.waits, doubtful, budget=budget)
            if not rules.certain_refusals_only:
                refused = runner._replace(step="refused")
                yield "AN ERROR AFTER THE COMMIT", _with(done, sent.waits, refused, budget=budget)


def _others(rules: Rules, world: World) -> Iterator[tuple[Label, World]]:
    """What people do meanwhile."""
    if world.budget[RENAME]:
        for number, made in enumerate(world.tray):
            if made.content >= 0 and made.name != OTHERS:
                tray = (*world.tray[:number], made._replace(name=OTHERS), *world.tray[number + 1 :])
                yield "SOMEBODY RENAMES", world._replace(tray=tray, budget=_spent(world, RENAME))
    if world.budget[FOREIGN]:
        for record in range(len(world.ledger)):
            tray = (*world.tray, Made(OTHERS, record, LAG))
            yield "SOMEBODY CONNECTS", world._replace(tray=tray, budget=_spent(world, FOREIGN))
    if world.budget[BY_HAND]:
        for record, row in enumerate(world.ledger):
            there = {made.content for made in world.tray} | {sent.record for sent in world.wire}
            if row.state == "refused" and record not in there:
                tray = (*world.tray, Made(record, record, 0))
                yield "SOMEBODY MAKES WHAT WAS REFUSED", world._replace(tray=tray, budget=_spent(world, BY_HAND))
    if world.budget[LOSS] and any(row.state != "planned" for row in world.ledger):
        wire = tuple(sorted(sent._replace(waits=-1) for sent in world.wire))
        fresh = (Row("planned"),) * len(world.ledger)
        yield (
            "THE LEDGER IS LOST",
            world._replace(
                wire=wire,
                ledger=fresh,
                runners=(Runner(),) * len(world.runners),
                quarantine=COMMIT + LAG if rules.fresh_waits else 0,
                budget=_spent(world, LOSS),
            ),
        )
    quiet = all(runner == Runner() for runner in world.runners)
    created = {row.made for row in world.ledger if row.state == "created"}
    if world.budget[REKEY] and quiet and created and all(row.state != "sending" for row in world.ledger):
        yield (
            "THE KEY IS EDITED",
            world._replace(
                ledger=(Row("planned"),) * len(world.ledger),
                budget=_spent(world, REKEY),
                before=world.before | created,
            ),
        )


def _backups(rules: Rules, world: World) -> Iterator[tuple[Label, World]]:
    """What people do to the ledger: copy it, and put the copy back."""
    if not world.budget[PUT_BACK]:
        return
    if world.copy is None:
        yield "SOMEBODY COPIES THE LEDGER", world._replace(copy=world.ledger)
    elif world.copy != world.ledger:
        yield (
            "THE COPY IS PUT BACK",
            world._replace(
                wire=tuple(sorted(sent._replace(waits=-1) for sent in world.wire)),
                ledger=world.copy,
                runners=(Runner(),) * len(world.runners),
                quarantine=COMMIT + LAG if rules.restored_waits else 0,
                budget=_spent(world, PUT_BACK),
                copy=None,
            ),
        )


def _tick(world: World) -> Iterator[tuple[Label, World]]:
    if any(sent.left == 0 for sent in world.wire):
        return
    after = world._replace(
        tray=tuple(made._replace(lag=max(0, made.lag - 1)) for made in world.tray),
        wire=tuple(sorted(sent._replace(left=sent.left - 1) for sent in world.wire)),
        ledger=tuple(
            row._replace(clock=row.clock - 1) if row.state == "sending" and row.clock else row for row in world.ledger
        ),
        runners=tuple(
            runner._replace(age=min(runner.age + 1, SEND + 1)) if runner.step == "claimed" else runner
            for runner in world.runners
        ),
        quarantine=max(0, world.quarantine - 1),
    )
    if after != world:
        yield "time passes", after


def explore(rules: Rules, setting: Setting, most: int = 400_000) -> tuple[set[str], int]:
    """Everything wrong that can be reached, and how many states there are. Raises RuntimeError beyond `most`."""
    first = beginning(setting)
    seen = {first}
    frontier = [first]
    found: set[str] = set()
    while frontier:
        following = []
        for world in frontier:
            by_itself = False
            for label, after in steps(rules, setting, world):
                by_itself = by_itself or label != label.upper()
                if after in seen:
                    continue
                seen.add(after)
                wrong = broken(after)
                if wrong is None:
                    following.append(after)
                else:
                    found.add(wrong)
            if not by_itself and (wrong := ended(setting, world)) is not None:
                found.add(wrong)
        if len(seen) > most:
            raise RuntimeError(f"more than {most} states")
        frontier = following
    return found, len(seen)


def without(rules: Rules, **off: object) -> Rules:
    """The rules with some switched off."""
    return replace(rules, **off)  # type: ignore[arg-type]
