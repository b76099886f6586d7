"""The same for one End User: made once, though Tray makes a second of the same externalUserId without a word."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

SEND, COMMIT, LAG = 1, 1, 1


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of section 3 as far as they are about users."""

    intent: bool = True
    """1: that the user is being made is durable before the bytes leave."""
    window: int = SEND + COMMIT + LAG
    """4."""
    looks_first: bool = True
    """10: whoever was there before is found."""
    one_row: bool = True
    """10: all mappings and runs share one row of the ledger for the user."""
    permit: bool = True
    """8."""
    proves_shown: bool = True
    """10: a new ledger's first user counts once look-ups show it; if it is there twice then, the new one is removed."""


class Runner(NamedTuple):
    """A run that needs the user: where it stands, its claim's age, and since when it doubts."""

    step: str = "idle"
    age: int = 0


class World(NamedTuple):
    """`users`: ticks until each is surely seen. `rows`: what the ledger holds, one, or one a runner."""

    users: tuple[int, ...]
    wire: tuple[tuple[int, int], ...]
    """(who waits, or -1; ticks until it is too late)."""
    rows: tuple[tuple[str, int], ...]
    """(none, sending, proving, known; what is left of the window)."""
    runners: tuple[Runner, ...]
    crashes: int
    faults: int
    losses: int = 0
    fresh: bool = False
    """Whether the ledger is a new one, that nobody has told of what was before."""


def steps(rules: Rules, world: World) -> Iterator[World]:
    """Everything that may happen next."""
    for number, runner in enumerate(world.runners):
        yield from _runner(rules, world, number, runner)
    for index, (waits, _) in enumerate(world.wire):
        wire = (*world.wire[:index], *world.wire[index + 1 :])
        made = world._replace(users=(*world.users, LAG), wire=wire)
        yield made if waits < 0 else _at(made, waits, Runner("made"))
        yield world._replace(wire=wire) if waits < 0 else _at(world._replace(wire=wire), waits, Runner("doubtful"))
        if waits >= 0 and world.faults:
            yield _at(made._replace(faults=world.faults - 1), waits, Runner("doubtful"))
    if world.losses and not world.wire and world.rows[0][0] != "none":
        yield world._replace(
            rows=(("none", 0),) * len(world.rows),
            runners=(Runner(),) * len(world.runners),
            losses=world.losses - 1,
            fresh=True,
        )
    if not any(left == 0 for _, left in world.wire):
        yield world._replace(
            users=tuple(max(0, lag - 1) for lag in world.users),
            wire=tuple((waits, left - 1) for waits, left in world.wire),
            rows=tuple((state, max(0, left - 1)) for state, left in world.rows),
            runners=tuple(
                one._replace(age=min(one.age + 1, SEND + 1)) if one.step == "claimed" else one for one in world.runners
            ),
        )


def _at(world: World, number: int, runner: Runner, row: tuple[str, int] | None = None) -> World:
    runners = (*world.runners[:number], runner, *world.runners[number + 1 :])
    rows = world.rows
    if row is not None:
        which = number % len(rows)
        rows = (*rows[:which], row, *rows[which + 1 :])
    return world._replace(runners=runners, rows=rows)


def _runner(rules: Rules, world: World, number: int, runner: Runner) -> Iterator[World]:
    state, left = world.rows[number % len(world.rows)]
    if world.crashes and runner.step not in ("idle", "done"):
        wire = tuple((-1, ticks) if waits == number else (waits, ticks) for waits, ticks in world.wire)
        yield _at(world._replace(wire=wire, crashes=world.crashes - 1), number, Runner())
    if runner.step == "idle":
        yield from _idle(rules, world, number, state)
    match runner.step:
        case "claimed" if rules.permit and runner.age > SEND:
            yield _at(world, number, Runner(), ("none", 0) if rules.intent else None)
        case "claimed":
            sent = world._replace(wire=tuple(sorted((*world.wire, (number, COMMIT)))))
            yield _at(sent, number, Runner("waiting"))
        case "waiting" if world.faults:
            wire = tuple((-1, ticks) if waits == number else (waits, ticks) for waits, ticks in world.wire)
            yield _at(world._replace(wire=wire, faults=world.faults - 1), number, Runner("doubtful"))
        case "made" if world.fresh and rules.proves_shown:
            yield _at(world, number, Runner("proving"), ("proving", 0))
        case "proving" if world.users[-1] == 0:
            # What was made earlier is shown by now as well; the last one is ours.
            yield _at(world._replace(users=world.users[:1]), number, Runner("done"), ("known", 0))
        case "made":
            yield _at(world, number, Runner("done"), ("known", 0))
        case "doubtful":
            yield from _doubtful(rules, world, number, left)


def _doubtful(rules: Rules, world: World, number: int, left: int) -> Iterator[World]:
    sure, some = any(lag == 0 for lag in world.users), bool(world.users)
    last = world.fresh and rules.proves_shown
    if last and left == 0 and len(world.users) > 1:
        yield _at(world, number, Runner("done"), ("conflict", 0))
    elif some and (left == 0 or not last):
        yield _at(world, number, Runner("done"), ("known", 0))
    if not sure and (left == 0 or not rules.intent):
        yield _at(world, number, Runner(), ("none", 0))


def _idle(rules: Rules, world: World, number: int, state: str) -> Iterator[World]:
    sure, some = any(lag == 0 for lag in world.users), bool(world.users)
    at_work = any(other.step not in ("idle", "done") for other in world.runners)
    if state == "proving" and not at_work:
        yield _at(world, number, Runner("proving"))
    elif state in ("known", "conflict"):
        yield _at(world, number, Runner("done"))
    elif state == "sending" and not at_work:
        # Who takes over looks, and its window begins now.
        yield _at(world, number, Runner("doubtful"), ("sending", rules.window))
    elif state == "none":
        if rules.looks_first and some:
            yield _at(world, number, Runner("done"), ("known", 0))
        if not (rules.looks_first and sure):
            claimed = ("sending", rules.window) if rules.intent else None
            yield _at(world, number, Runner("claimed"), claimed)


def explore(
    rules: Rules, *, runners: int = 2, crashes: int = 1, faults: int = 1, losses: int = 0, there: bool = False
) -> set[str]:
    """Everything wrong that can be reached: `twice` (in the end, where the ledger was lost, and not named as a
    conflict), or `stuck`."""
    rows = 1 if rules.one_row else runners
    users = (0,) if there else ()
    first = World(users, (), (("none", 0),) * rows, (Runner(),) * runners, crashes, faults, losses)
    seen, frontier, found = {first}, [first], set()
    while frontier:
        world = frontier.pop()
        following = [after for after in steps(rules, world) if after != world]
        if not following and any(runner.step != "done" for runner in world.runners):
            found.add("stuck")
        for after in following:
            done = all(runner.step == "done" for runner in after.runners) and not after.wire
            named = any(state == "conflict" for state, _ in after.rows)
            if len(after.users) > 1 and not named and (done or not (after.fresh and rules.proves_shown)):
                found.add("twice")
            elif after not in seen:
                seen.add(after)
                frontier.append(after)
    return found
