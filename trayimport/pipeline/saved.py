"""Saved plans: what one is bound to, and how a plan that is made anew is held to it (commands, ruling 25)."""

import hashlib
import json
from collections.abc import Sequence

from trayimport.codes import content as content_codes
from trayimport.codes import run as codes
from trayimport.core.spec import Mapping
from trayimport.errors import RefusalError
from trayimport.model import Environment, Problem
from trayimport.pipeline.planning import Unit
from trayimport.pipeline.settings import Parts
from trayimport.planfile import Header, PlannedMapping, SavedPlan
from trayimport.planstore import WORK, PlanStore, Row

OLDEST = 24 * 3600
"""Seconds after which a plan is too old, whatever its mappings say."""

ASIDE = ("skip", "invalid", "conflict")
"""Actions of records that nothing was to be sent for: they stay what they were in the plan."""


def header_of(units: Sequence[Unit], parts: Parts, now: float) -> Header:
    """What a plan that was made now is bound to."""
    planned = tuple(_planned(unit.program.mapping, unit.program.environment) for unit in units)
    return Header(now, parts.ledger.id, parts.region, parts.hosts, planned)


def refuse_stale(saved: SavedPlan, units: Sequence[Unit], parts: Parts, now: float) -> None:
    """Raise RefusalError where the plan was made for something else than there is now, or too long ago."""
    then, today = saved.header, header_of(units, parts, now)
    if then.ledger != today.ledger:
        _stale("it was made with another ledger")
    if (then.region, then.hosts) != (today.region, today.hosts):
        _stale(f"it was made for region {then.region} at {then.hosts}, not for {today.region} at {today.hosts}")
    for before, after in zip(then.mappings, today.mappings, strict=True):
        if before.digest != after.digest:
            _stale(f"{after.path} is not what it was")
        if before.environment_id != after.environment_id:
            _stale(f"{after.path}: the service environment is another one; another organisation?")
        if before.schema != after.schema:
            _stale(f"{after.path}: the schemas of its service environment have changed")
    limit = min([OLDEST, *(one.max_age for one in then.mappings if one.max_age is not None)])
    if not 0 <= now - then.made + 300 <= limit + 300:
        _stale(f"it is {now - then.made:,.0f} s old; at most {limit:,} s are allowed")


def _stale(why: str) -> None:
    raise RefusalError(codes.STALE_PLAN, f"the saved plan no longer holds: {why}")


def _planned(mapping: Mapping, environment: Environment) -> PlannedMapping:
    return PlannedMapping(
        mapping.path,
        mapping.identity,
        mapping.digest,
        environment.id or "",
        _schema_hash(environment),
        mapping.tokens.max_age,
    )


def _schema_hash(environment: Environment) -> str:
    document = [
        environment.authentication_type,
        sorted(environment.scopes),
        environment.credentials_schema,
        environment.user_data_schema,
    ]
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def hold_to(saved: SavedPlan, store: PlanStore) -> None:
    """Leave in a new plan the records of the saved one. Those that vanished or changed fail; the rest goes on."""
    store.unselect_all()
    added: list[Row] = []
    last = store.last()
    for planned in saved.rows():
        row = None if planned.action in ASIDE or planned.key is None else store.row(planned.mapping, planned.key)
        if row is None:
            last += 1
            action = planned.action if planned.action in ASIDE else "failed"
            added.append(planned._replace(seq=last, action=action, twin_mapping=None, twin_key=None))
            store.add_problems(last, saved.problems(planned.seq) if action in ASIDE else [_changed(planned)])
            continue
        store.reselect(row.seq)
        if not saved.is_same(planned, row) or (row.action in WORK and planned.action not in WORK):
            store.mark(row.seq, "failed", [_changed(row)])
    store.add(added)


def hold_actions(saved: SavedPlan, store: PlanStore, *, looked: bool) -> None:
    """What would now be done with a record in another way than was planned, fails. `looked`: whether Tray was asked
    what existing users have; else that is asked right before each is sent to, and nothing is foreseen here."""
    for row in list(store.rows(actions=WORK)):
        planned = saved.row(row.mapping, row.key or "")
        if planned is not None and planned.action != row.action and (looked or row.action != "create"):
            store.mark(row.seq, "failed", [_changed(row)])


def _changed(row: Row) -> Problem:
    return Problem.of(content_codes.CHANGED_SINCE_PLAN, "key", "not what it was when the plan was made", row.place)
