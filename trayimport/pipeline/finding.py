"""Which End Users are in Tray already (commands, ruling 18)."""

from collections.abc import Iterator

from trayimport.apply.asking import Pages, ask_as_master, users_named
from trayimport.apply.context import Context
from trayimport.apply.effects import Work
from trayimport.codes import content as codes
from trayimport.model import Problem, UserPage
from trayimport.planstore import PlanStore

ONE_BY_ONE = 10
"""Up to this many users are looked up one by one; more by paging."""
KNOWN = frozenset({"created", "found"})


def page_users(context: Context, store: PlanStore) -> Work:
    """Give users of the plan the ids that Tray's pages have for them; says whether some are to be looked up instead.

    Pages are read where many are missing, to the end or until looking up the rest costs no more requests. Records of
    users who are there twice become conflicts.
    """
    if store.count_users(missing=True) <= ONE_BY_ONE:
        return True
    return (yield from _by_paging(context, store))


def look_users_up(context: Context, store: PlanStore) -> Iterator[Work]:
    """A worker for each user of the plan that has no id yet."""
    for user in list(store.users(missing=True)):
        yield _look_up(context, store, user.external_user_id)


def from_ledger(context: Context, store: PlanStore) -> None:
    """Give users of the plan the ids that the ledger knows."""
    batch = [user.external_user_id for user in store.users(missing=True)]
    for start in range(0, len(batch), 1000):
        for external, known in context.ledger.users(batch[start : start + 1000]).items():
            if known.state in KNOWN and known.user_id:
                store.found_user(external, known.user_id, existed=True)


def _by_paging(context: Context, store: PlanStore) -> Work:
    after: str | None = None
    pages = 0
    seen: dict[str, str] = {}
    following = Pages()
    while True:
        page: UserPage = yield from ask_as_master(context, lambda after=after: context.tray.users(after))  # type: ignore[misc]
        pages += 1
        for user in page.users:
            planned = store.user(user.external_user_id)
            if planned is None:
                continue
            if seen.setdefault(user.external_user_id, user.id) != user.id:
                _twice(store, user.external_user_id)
            elif planned.id is None:
                store.found_user(user.external_user_id, user.id, existed=True)
        after = following.next(page)
        if after is None:
            return False
        if pages >= store.count_users(missing=True):
            return True


def _look_up(context: Context, store: PlanStore, name: str) -> Work:
    found = yield from users_named(context, name)
    if len(found) == 1:
        store.found_user(name, found[0].id, existed=True)
    elif len(found) > 1:
        _twice(store, name)


def _twice(store: PlanStore, external: str) -> None:
    for row in store.rows_of_user(external, ("create", "update")):
        problem = Problem.of(codes.USER_CONFLICT, "user.externalUserId", "Tray shows several such users", row.place)
        store.mark(row.seq, "conflict", [problem])


def refuse_missing(store: PlanStore) -> None:
    """Records of users that Tray does not have are invalid where `user.create` is false."""
    for user in list(store.users(missing=True)):
        if user.may_create:
            continue
        for row in store.rows_of_user(user.external_user_id, ("create", "update")):
            message = "no External User with that externalUserId, and `user.create` is false"
            problem = Problem.of(codes.USER_MISSING, "user.externalUserId", message, row.place)
            store.mark(row.seq, "invalid", [problem])
