"""The document that `apply` and `plan` print (design, section 5)."""

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field

from trayimport.model import Json, Problem
from trayimport.pipeline.planning import Unit
from trayimport.planstore import PlanStore

COUNTS = (
    "created", "adopted", "updated", "unchanged", "kept", "skipped", "invalid", "failed", "in_doubt", "pending",
)  # fmt: skip
KINDS = (
    "connectors", "environments", "users", "createExternalUser", "authorize", "authentications", "create", "get",
    "full", "update", "delete", "call", "removeExternalUser",
)  # fmt: skip
_DONE = {
    "created": "created",
    "adopted": "adopted",
    "updated": "updated",
    "unchanged": "unchanged",
    "keep": "kept",
    "skip": "skipped",
    "invalid": "invalid",
    "conflict": "invalid",
    "failed": "failed",
    "in_doubt": "in_doubt",
}
_APPLY = _DONE | {"create": "pending", "adopt": "pending", "update": "pending"}
_PLAN = _DONE | {"create": "created", "adopt": "adopted", "update": "updated"}


@dataclass(slots=True)
class Outcome:
    """How a run ended. `counts` add up to `records`."""

    run: str | None
    planned: bool
    counts: dict[str, int]
    users_created: int
    users_found: int
    requests: Map[str, int]
    per_mapping: list[tuple[str, dict[str, int], list[tuple[str | None, Problem]]]]
    elsewhere: dict[str, int] = field(default_factory=lambda: {"created": 0, "in_doubt": 0})
    extra: list[tuple[str, str | None, Problem]] = field(default_factory=list)
    """What is wrong beside the records: (mapping, key, problem)."""
    noted: list[tuple[str, str | None, Problem]] = field(default_factory=list)
    """What people should look at; the exit status doesn't tell of it."""

    @property
    def records(self) -> int:
        """How many records the run is about."""
        return sum(self.counts.values())

    @property
    def exit_status(self) -> int:
        """1 where a record is invalid, failed or in doubt, here or elsewhere; else 0 (commands, ruling 2)."""
        bad = self.counts["invalid"] + self.counts["failed"] + self.counts["in_doubt"] + self.elsewhere["in_doubt"]
        return 1 if bad or self.extra else 0

    def document(self) -> dict[str, Json]:
        """The JSON document, without `actions`."""
        return {
            "version": 1,
            "run": self.run,
            "records": self.records,
            **self.counts,
            "users": {"created": self.users_created, "found": self.users_found},
            "requests": {kind: self.requests.get(kind, 0) for kind in KINDS},
            "settled_elsewhere": self.elsewhere,
            "mappings": [
                {
                    "mapping": path,
                    "records": sum(counts.values()),
                    **counts,
                    "problems": [_problem(key, problem) for key, problem in problems]
                    + [_problem(key, problem) for where, key, problem in (*self.extra, *self.noted) if where == path],
                }
                for path, counts, problems in self.per_mapping
            ],
        }


def _problem(key: str | None, problem: Problem) -> dict[str, Json]:
    return {
        "key": key,
        "where": problem.where,
        "code": problem.code,
        "path": problem.path,
        "message": problem.message,
    }


def count(store: PlanStore, mapping: int | None, *, planned: bool) -> dict[str, int]:
    """Rows of the store under the names of the document."""
    names = _PLAN if planned else _APPLY
    counts = dict.fromkeys(COUNTS, 0)
    for action, number in store.counts(mapping).items():
        counts[names[action]] += number
    return counts


def outcome(
    units: Sequence[Unit],
    store: PlanStore,
    *,
    planned: bool,
    run: str | None,
    requests: Map[str, int],
    users_created: int,
    users_found: int,
) -> Outcome:
    """What the store says of the run."""
    return Outcome(
        run,
        planned,
        count(store, None, planned=planned),
        users_created,
        users_found,
        requests,
        [
            (unit.program.mapping.path, count(store, index, planned=planned), list(store.problems(index)))
            for index, unit in enumerate(units)
        ],
    )
