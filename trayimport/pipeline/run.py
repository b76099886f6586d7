"""`plan` and `apply`, step by step, in the order of commands ruling 1."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from trayimport.apply.contact import believed, wait_believed
from trayimport.apply.context import Context
from trayimport.apply.effects import Work
from trayimport.apply.loop import Loop
from trayimport.apply.user import until_shown
from trayimport.apply.work import open_by_user, settle_open, try_user
from trayimport.catalog import Catalog
from trayimport.codes import content as content_codes
from trayimport.codes import record as record_codes
from trayimport.codes import run as codes
from trayimport.core import ignoring
from trayimport.core.apps import app_problems
from trayimport.core.drift import drift
from trayimport.core.instant import text_of
from trayimport.core.program import Program
from trayimport.core.retry import backoff
from trayimport.core.spec import Mapping
from trayimport.errors import (
    MappingError,
    RefusalError,
    StoppedError,
    TrayError,
)
from trayimport.model import Diagnostic, Environment, ItemMove, MappingIdentity, Problem, Run, State
from trayimport.pipeline import guards
from trayimport.pipeline.choosing import choose
from trayimport.pipeline.differing import Differences, Named, compare_users, users_to_compare
from trayimport.pipeline.environments import (
    Directory,
    check_identity,
    fetch_environments,
    fetch_services,
    require_service,
)
from trayimport.pipeline.finding import from_ledger, look_users_up, page_users, refuse_missing
from trayimport.pipeline.importing import final_looks, import_all
from trayimport.pipeline.joining import join, telling_problems
from trayimport.pipeline.lookups import MOST, look, users_to_look_at, wanted_rows
from trayimport.pipeline.organisation import check_hosts, check_organisation, fingerprint
from trayimport.pipeline.outcome import Outcome, outcome
from trayimport.pipeline.planning import Unit, plan_records
from trayimport.pipeline.saved import header_of, hold_actions, hold_to, refuse_stale
from trayimport.pipeline.settings import Parts, Settings
from trayimport.pipeline.sharing import Sharing
from trayimport.pipeline.sourcing import open_unit_source, secrets_of
from trayimport.planfile import SavedPlan, save_plan
from trayimport.planstore import WORK, PlanStore

PROVING = 3
"""Users of whom one must be made before the others, where a ledger is new."""
PULL = "The sandbox has the services of the snapshots: `trayimport pull` fetches them from Tray."


class Importer:
    """One run over some mappings; every step may raise what the guard of the command knows how to say."""

    def __init__(
        self, settings: Settings, parts: Parts, mappings: Sequence[Mapping], saved: SavedPlan | None = None
    ) -> None:
        """`saved`: the plan that is to be applied, and nothing else."""
        self.settings = settings
        self.saved = saved
        self.parts = parts
        self.mappings = list(mappings)
        self.units: list[Unit] = []
        self.warnings: list[Diagnostic] = []
        self.store = PlanStore()
        self.run_id: str | None = None
        self.wrote = False
        """Whether something may have been written in Tray or in the ledger's history."""
        self.opened = False
        """Whether a source has been opened (commands, ruling 6)."""
        self.interrupted = False
        self._directory = Directory()
        self._moves: list[ItemMove] = []
        self._identities: list[MappingIdentity] = []
        started = parts.clock.wall()
        self.started_wall = started
        self.now = text_of(started)
        self.context = Context(
            run=parts.new_id(),
            tray=parts.tray,
            ledger=parts.ledger,
            clock=parts.clock,
            bounds=settings.bounds,
            backoff=lambda attempt: backoff(attempt, parts.random()),
            report=self._report,
            planned_user=self.store.user,
            started=parts.clock.monotonic(),
            now_text=lambda: text_of(parts.clock.wall()),
            overwrite_refreshed=settings.overwrite_refreshed,
            tell_wait=self._tell_wait,
            shared=Sharing(parts.ledger, lambda: self.units, self.now).shared,
        )
        if parts.ledger.fresh:
            bounds = settings.bounds
            self.context.believed_from = self.context.started + bounds.commit_within + bounds.lookup_lag
        self._told_wait = False
        self._noted: list[Named] = []
        self._loop: Loop | None = None
        self._done = 0

    def stop(self) -> None:
        """Interrupt: let what is in the air land. Safe in a signal handler."""
        self.interrupted = True
        if self._loop is not None:
            self._loop.stop()
        self.parts.pool.wake()

    def plan(self, *, apply: bool) -> None:
        """All steps up to the guards; `apply` says whether writing follows."""
        self._environments()
        if self.saved is not None:
            refuse_stale(self.saved, self.units, self.parts, self.started_wall)
        if apply:
            self._settle_first()
        self._records()
        if self.saved is not None:
            hold_to(self.saved, self.store)
        if apply and self.blocked():
            return
        self._users()
        looked = self._look_ups(apply=apply)
        if apply and self.parts.ledger.fresh and not self.blocked():
            self._look_again(looked=looked)
        if self.parts.ledger.restored:
            self._compare()
        if self.saved is not None:
            hold_actions(self.saved, self.store, looked=looked)
        guards.refuse_changes(self.units, self.store, self.settings.max_changes)

    def save(self, path: Path) -> None:
        """Write the plan into a file. Raises ConfigurationError."""
        save_plan(self.store, header_of(self.units, self.parts, self.started_wall), path)

    def services(self) -> dict[tuple[str, int], str]:
        """What Tray offers: titles by service name and version."""
        if not self._directory.services:
            self.drive_one(fetch_services(self.context, self._directory))
        return self._directory.services

    def require_services(self, mappings: Sequence[Mapping]) -> None:
        """Raise ConfigurationError where Tray has no such service or version."""
        self.services()
        for mapping in mappings:
            require_service(self._directory.services, mapping)

    def environments(self, service: str, version: int) -> list[Environment]:
        """The environments of a service version."""
        self.drive_one(fetch_environments(self.context, self._directory, service, version))
        return self._directory.environments[service, version]

    def check_organisation(self) -> None:
        """Say which organisation this is. Raises RefusalError where the ledger belongs to another one."""
        check_hosts(self.parts.ledger, self.parts.region, self.parts.hosts)
        environment = self.drive_one(check_organisation(self.context, self._directory))
        if environment is not None:
            self.parts.listener.note(f"organisation: {fingerprint(self.parts.region, environment)}")

    def blocked(self) -> bool:
        """Whether invalid records stop this run before its first write."""
        if self.settings.allow_partial:
            return False
        counts = self.store.counts()
        return bool(counts.get("invalid") or counts.get("conflict"))

    def work(self) -> int:
        """How many records have something to be sent or settled."""
        counts = self.store.counts()
        return sum(counts.get(action, 0) for action in (*WORK, "in_doubt"))

    def apply(self) -> None:
        """Import what is planned. Raises StoppedError, LedgerError, SourceError; the store says how far it came."""
        ledger = self.parts.ledger
        self.wrote = True
        ledger.tie(self.parts.region, self.parts.hosts, self._directory.ids())
        for identity in self._identities:
            ledger.put_mapping_identity(identity)
        if self._moves:
            ledger.write(self._moves)
        if not self.work() and not any(True for _ in ledger.open_items()):
            return
        self.begin_run()
        self.context.waited = True
        self._prove_users_shown()
        self.drive(import_all(self.context, self.units, self.store, self.now))
        if not self.interrupted:
            self.drive(final_looks(self.context))

    def _prove_users_shown(self) -> None:
        """A new ledger can't tell users who aren't there from those whom another ledger's run made a moment ago.

        So one user is made first, and nobody else before look-ups show it; if that took a while, the others are looked
        up once more. Where none of the first few can be made, each of the others waits to be shown.
        """
        if not self.parts.ledger.fresh or self.parts.ledger.restored:
            return
        self.context.users_shown = False
        missing = (user for user in self.store.users(missing=True) if user.may_create)
        for user in list(islice(missing, PROVING)):
            self.drive_one(try_user(self.context, user.external_user_id))
            state = self.context.state(user.external_user_id)
            if state.user_id is not None:
                self.store.found_user(user.external_user_id, state.user_id, existed=not state.made_now)
                self.context.users_shown = True
                break
        if self.context.users_lag:
            self.parts.listener.note("Tray's look-ups are behind: users it did not show are looked up once more")
            self._find_users()

    def begin_run(self) -> None:
        """Note the run in the ledger's history, once."""
        if self.run_id is None:
            self.run_id = self.context.run
            self._put_run(None, {})

    def end_run(self, status: int, counts: dict[str, int]) -> None:
        """Note how the run ended."""
        if self.run_id is not None:
            self._put_run(status, counts)

    def _put_run(self, status: int | None, counts: dict[str, int]) -> None:
        ended = None if status is None else self.parts.clock.wall()
        self.parts.ledger.put_run(
            Run(
                self.context.run,
                self.settings.command,
                self.started_wall,
                ended,
                status,
                tuple(f"{mapping.path}@{mapping.digest[:12]}" for mapping in self.mappings),
                counts,
                self.parts.host,
            )
        )

    def outcome(self, *, planned: bool) -> Outcome:
        """What became of every record so far."""
        found = outcome(
            self.units,
            self.store,
            planned=planned,
            run=None if planned else self.context.run,
            requests=self.parts.tray.requests(),
            users_created=self.store.count_users(missing=True) if planned else self.context.users_created,
            users_found=sum(1 for user in self.store.users() if user.existed),
        )
        found.noted = self._noted
        if not planned:
            self._elsewhere(found)
            paths = {unit.program.mapping.identity: unit.program.mapping.path for unit in self.units}
            for item, problem in self.context.twice:
                found.extra.append((paths.get(item.mapping, item.mapping), item.key, problem))
        return found

    def _elsewhere(self, found: Outcome) -> None:
        index = {unit.program.mapping.identity: number for number, unit in enumerate(self.units)}
        for (mapping, key), state in self.context.settled.items():
            if mapping in index and self.store.has_key(index[mapping], key):
                continue
            if state == State.CREATED:
                found.elsewhere["created"] += 1
            elif state in {State.SENDING, State.IN_DOUBT, State.UPDATING}:
                found.elsewhere["in_doubt"] += 1

    def _report(self, seq: int, action: str, problems: Sequence[Problem]) -> None:
        # A doubt of plan time is settled by now, or told anew.
        self.store.drop_problems(seq, content_codes.IN_DOUBT.id)
        self.store.mark(seq, action, problems)
        self._done += 1
        self.parts.listener.detail(1, lambda: f"{self.store.place(seq)}: {action.replace('_', ' ')}")
        self.parts.listener.count("import", self._done, None)

    def drive(self, work: Iterator[Work]) -> None:
        """Run workers; whatever way it ends, the loop is left clean."""
        self._loop = Loop(
            self.parts.clock,
            self.parts.pacer,
            self.parts.pool,
            self.parts.ledger,
            give_up_after=self.settings.give_up_after,
            tell_limit=self._tell_limit,
        )
        if self.interrupted:
            self._loop.stop()
        try:
            self._loop.run(work)
        except TrayError as error:
            raise StoppedError(error.code, error.summary) from None
        finally:
            self._loop = None
        if self.interrupted:
            raise KeyboardInterrupt

    def drive_one(self, work: Work) -> Any:
        """Run one worker, and give what it returns."""
        box: list[Any] = []

        def kept() -> Work:
            box.append((yield from work))

        self.drive(iter([kept()]))
        return box[0] if box else None

    def _environments(self) -> None:
        self.drive_one(fetch_services(self.context, self._directory))
        for mapping in self.mappings:
            require_service(self._directory.services, mapping, PULL if self.settings.emulated else None)
        wanted = dict.fromkeys((mapping.service.name, mapping.service.version) for mapping in self.mappings)
        for service, version in wanted:
            self.drive_one(fetch_environments(self.context, self._directory, service, version))
        chosen: list[tuple[Mapping, Environment]] = []
        for mapping in self.mappings:
            offered = self._directory.environments[mapping.service.name, mapping.service.version]
            chosen.append((mapping, choose(mapping, offered)))
        self.check_organisation()
        self._drift(chosen)
        for mapping, environment in chosen:
            self._identities.append(
                check_identity(self.parts.ledger, mapping, environment, accept=self.settings.accept_environment)
            )
            self._unit(mapping, environment)
        errors = [one for one in self.warnings if one.severity == "error"]
        if errors:
            raise MappingError(codes.BAD_MAPPINGS, "mappings that can't be used as they are", errors)

    def _drift(self, chosen: Sequence[tuple[Mapping, Environment]]) -> None:
        folder = self.settings.schemas
        if folder is None or not folder.is_dir():
            self.parts.listener.note("no snapshots: the drift check is skipped (`trayimport pull` makes them)")
            return
        catalog = Catalog(folder)
        for mapping, environment in chosen:
            snapshot = catalog.titled(mapping.service.name, mapping.service.version, environment.title)
            if snapshot is None:
                self.parts.listener.note(f"{mapping.path}: no snapshot, so no drift check")
                continue
            breaking = [change for change in drift(snapshot.environment, environment) if change.breaking]
            if breaking and not self.settings.accept_drift:
                shown = "; ".join(f"{change.path or '/'} {change.change}" for change in breaking[:5])
                raise RefusalError(codes.DRIFT, f"{mapping.path}: {shown}")

    def _unit(self, mapping: Mapping, environment: Environment) -> None:
        secrets = secrets_of(self.settings, mapping)
        for line in secrets.describe():
            self.parts.listener.note(f"{mapping.path} reads {line}")
        program: Program | None
        program, diagnostics = join(mapping, environment, secrets, self.parts.ledger.fingerprint)
        titles = [one.title for one in self._directory.environments[mapping.service.name, mapping.service.version]]
        self._warn(mapping, [*diagnostics, *app_problems(mapping, environment, titles)])
        if program is None:
            return
        self._warn(mapping, telling_problems(program))
        source, more = open_unit_source(self.settings, mapping, secrets)
        self._warn(mapping, more)
        self.opened = True
        self.units.append(Unit(program, source))

    def _warn(self, mapping: Mapping, diagnostics: Sequence[Diagnostic]) -> None:
        counting, _ = ignoring.split(diagnostics, mapping.ignores)
        self.warnings += counting

    def _settle_first(self) -> None:
        """A first look at what earlier runs left open; no window is waited for (commands, ruling 1)."""
        half_made = [user for user in self.parts.ledger.open_users() if user.state == "sending" and user.user_id]
        self.drive(until_shown(self.context, self.context.state(user.external_user_id), user) for user in half_made)
        groups = list(open_by_user(self.context))
        if not groups:
            return
        self.begin_run()
        self.wrote = True
        self.context.waited = False
        self.drive(settle_open(self.context, items, self.context.started) for items in groups)
        self.context.waited = True

    def _records(self) -> None:
        listener = self.parts.listener
        plan_records(
            self.units,
            self.parts.ledger,
            self.store,
            self.now,
            self.context.settled,
            lambda path, done: listener.count(path, done, None),
        )
        for index, unit in enumerate(self.units):
            if not self.store.counts(index):
                at = unit.program.mapping.source.at
                self._warn(unit.program.mapping, [Diagnostic.of(record_codes.NO_RECORDS, at, "no records", "source")])
            oauth = unit.program.environment.authentication_type.startswith("oauth")
            if oauth and unit.program.mapping.tokens.expires is None and not unit.program.with_expiry:
                at = unit.program.mapping.auth.at
                message = "records with neither an expiry nor a refresh token"
                code = content_codes.MISSING_EXPIRY_WARNING
                self._warn(unit.program.mapping, [Diagnostic.of(code, at, message, "auth.credentials")])
        self._moves = guards.settle_twins(
            self.units, self.store, self.parts.ledger, accept_moved=self.settings.accept_moved
        )
        cwd = self.settings.cwd
        guards.select(
            self.units,
            self.store,
            self.settings.select,
            self.settings.limit,
            lambda name: (cwd / name).read_text(encoding="utf-8"),
        )

    def _users(self) -> None:
        specs = [(unit.program.mapping.user.is_test_user, unit.program.mapping.user.create) for unit in self.units]
        if not self.store.collect_users(specs):
            return
        from_ledger(self.context, self.store)
        self._find_users()
        refuse_missing(self.store)

    def _find_users(self) -> None:
        if self.drive_one(page_users(self.context, self.store)):
            self.drive(look_users_up(self.context, self.store))

    def _look_ups(self, *, apply: bool) -> bool:
        """Ask what existing users have; whether that was asked of all of them."""
        ledger = self.parts.ledger
        if self.settings.lookups is False:
            return False
        holder = None if apply else ledger.held()
        if holder is not None:
            self.parts.listener.note(f"the ledger is held by {holder}: nobody is looked up in Tray")
            return False
        users = list(users_to_look_at(self.store))
        if not users:
            return True
        if len(users) > MOST and self.settings.lookups is None:
            self.parts.listener.note(f"{len(users)} users exist: they are looked at right before each is sent to")
            return False
        self._look_at(users, wait=False)
        return True

    def _look_again(self, *, looked: bool) -> None:
        """Where the ledger is not to be believed, look a second time for what it may have forgotten (rule 11).

        A user that Tray doesn't show yet counts where there was another ledger. Users that aren't looked at here are
        listed before each is sent to.
        """
        users = list(users_to_look_at(self.store)) if looked else []
        missing = self.parts.ledger.restored and self.store.count_users(missing=True) > 0
        states = [self.context.state(user.external_user_id) for user, _ in users]
        if not missing and all(believed(self.context, state) for state in states):
            return
        self.drive_one(wait_believed(self.context))
        if missing:
            self._find_users()
        if looked:
            self._look_at(list(users_to_look_at(self.store)), wait=True)

    def _compare(self) -> None:
        """Name what a ledger that was put back and Tray don't agree on."""
        lookups = self.settings.lookups
        users = {} if lookups is False else users_to_compare(self.context, self.units, self.store)
        if lookups is False or (len(users) > MOST and lookups is None):
            self.parts.listener.note("what the ledger and Tray don't agree on is looked for with --lookups only")
            return
        found = Differences()
        self.drive(compare_users(self.context, self.units, users, found))
        self._noted = sorted(found.named, key=lambda one: (one[0], one[1] or "", one[2].message))
        if found.unread:
            self.parts.listener.note(f"{found.unread} users could not be compared with the ledger")

    def _tell_limit(self, seconds: float) -> None:
        self.parts.listener.note(f"Tray's rate limit asks for {seconds:.0f} s without a request; going on after that")

    def _tell_wait(self, seconds: float) -> None:
        if not self._told_wait:
            self._told_wait = True
            self.parts.listener.note(f"waiting {seconds:.0f} s, to list what Tray has before anything is sent")

    def _look_at(self, users: list[Any], *, wait: bool) -> None:
        seqs = {row.seq for _, rows in users for row in rows}
        wanted = wanted_rows(self.units, self.now, seqs)
        get: Callable[[Any], Any] = lambda row: wanted.get(row.seq)  # noqa: E731
        self.context.waited = wait
        try:
            self.drive(look(self.context, self.store, user, rows, get) for user, rows in users)
        finally:
            self.context.waited = True
