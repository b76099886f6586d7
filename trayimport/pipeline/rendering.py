"""`render`: what single records become, offline, for the one who writes the mapping."""

from collections.abc import Iterable, Iterator

from trayimport.catalog import Catalog
from trayimport.codes import run as codes
from trayimport.core import ignoring
from trayimport.core.program import Program, Rejected, Skipped
from trayimport.core.spec import Mapping
from trayimport.core.tracing import Shown, trace
from trayimport.errors import ConfigurationError, MappingError
from trayimport.model import BadRecord, Diagnostic, Record
from trayimport.pipeline.checking import environments_of, no_snapshot
from trayimport.pipeline.choosing import choose
from trayimport.pipeline.joining import join
from trayimport.pipeline.noledger import NoLedger
from trayimport.pipeline.sourcing import SecretNames


def program_of(
    mapping: Mapping, catalog: Catalog, secrets: SecretNames, key: bytes
) -> tuple[Program, list[Diagnostic]]:
    """The mapping's program by its snapshot, and findings. Raises ConfigurationError and MappingError."""
    environments = environments_of(catalog, mapping)
    if not environments:
        missing = no_snapshot(catalog, mapping)
        raise ConfigurationError(codes.NO_SNAPSHOT, f"{missing.at}: {missing.message}")
    environment = choose(mapping, environments)
    program, findings = join(mapping, environment, secrets, NoLedger(key).fingerprint)
    findings, _ = ignoring.split(findings, mapping.ignores)
    errors = [one for one in findings if one.severity == "error"]
    if program is None or errors:
        raise MappingError(codes.BAD_MAPPINGS, f"{mapping.path} does not fit its snapshot", errors)
    return program, findings


def rendered(
    program: Program, records: Iterable[Record | BadRecord], now: str, *, key: str | None, limit: int | None, bare: bool
) -> Iterator[Shown]:
    """What each record becomes at `now`, of all or of one key, `limit` at most; `bare`: credentials in clear."""
    count = 0
    for record in records:
        if limit is not None and count >= limit:
            return
        shown = _shown(program, record, now, bare=bare)
        if key is None or shown.key == key:
            count += 1
            yield shown


def _shown(program: Program, record: Record | BadRecord, now: str, *, bare: bool) -> Shown:
    if isinstance(record, BadRecord):
        return Shown(record.where, None, "invalid", problems=(record.problem,))
    begun = program.begin(record, now)
    if isinstance(begun, Rejected):
        steps = trace(program, record, now, None, (), bare=bare)
        return Shown(record.where, begun.key, "invalid", problems=begun.problems, trace=steps)
    if isinstance(begun, Skipped):
        return Shown(record.where, None, "skip", trace=trace(program, record, now, begun, (), bare=bare))
    problems = program.judge(begun)
    steps = trace(program, record, now, begun, problems, bare=bare)
    if any(problem.path in {"key", "user.externalUserId", "user.name", "name"} for problem in problems):
        # An identity that equals a credential is not shown either.
        return Shown(record.where, None, "invalid", problems=problems, trace=steps)
    user = {"externalUserId": begun.external_user_id, "name": begun.user_name}
    payload = program.payload_at(begun, now)
    auth = payload.auth() if bare else program.shown(payload)
    return Shown(record.where, begun.key, "invalid" if problems else "create", user, auth, problems, steps)
