"""`verify`: read an imported authentication back and compare fingerprints."""

from functools import partial

from trayimport.apply.asking import ask_as_user, listing, user_token
from trayimport.apply.context import Context
from trayimport.apply.effects import Unpaced, Work
from trayimport.apply.match import differences, full_fields
from trayimport.core.content import is_refreshed
from trayimport.core.spec import VerifySpec
from trayimport.errors import NotFoundError, RecordError, TrayError
from trayimport.model import CallOutcome, Full, Item, Listing, UserToken


def verify_items(
    context: Context, items: list[Item], oauth: bool, call: VerifySpec | None, report: list[tuple[Item, str]]
) -> Work:
    """Verify the authentications of one user; `report` gets `alive`, `dead`, `missing`, `changed`, `renamed`,
    `refreshed` or `unknown`."""
    state = context.state(items[0].external_user_id)
    for item in items:
        state.user_id = state.user_id or item.user_id
        identifier = item.authentication_id or ""
        try:
            found: Full = yield from ask_as_user(context, state, partial(_full, context, identifier))
            outcome = compare(item, found, full_fields(found, context.ledger.fingerprint), oauth=oauth)
            if call is not None and outcome in {"alive", "refreshed", "renamed"}:
                token = yield from user_token(context, state)
                answer: CallOutcome = yield Unpaced(
                    partial(
                        context.tray.call,
                        token,
                        call.connector,
                        call.version,
                        call.operation,
                        identifier,
                        call.input,
                    )
                )
                if not answer.success:
                    outcome = "dead" if answer.status in {400, 401, 403} else "unknown"
        except NotFoundError:
            shown: Listing = yield from listing(context, state)
            outcome = "missing" if shown.complete else "unknown"
        except (RecordError, TrayError):
            outcome = "unknown"
        report.append((item, outcome))


def _full(context: Context, identifier: str, token: UserToken) -> Full:
    return context.tray.full(token, identifier)


def compare(item: Item, found: Full, fields: dict[str, str], *, oauth: bool) -> str:
    """What a reading says of an item; for OAuth a refreshed token is no change (commands, ruling 10)."""
    differ = differences(item.fields, fields)
    if not differ.none:
        normal = oauth and not differ.stable and all(map(is_refreshed, differ.more))
        return "refreshed" if normal else "changed"
    return "alive" if found.name == item.name else "renamed"
