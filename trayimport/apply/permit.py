"""A claim is a permit for P seconds (protocol, rule 8)."""

from collections.abc import Callable

from trayimport.apply.context import Context


def permit(context: Context) -> Callable[[], bool]:
    """Says at the socket whether less than P has passed since now, on the monotonic and the wall clock, as the former
    stops while a laptop sleeps; and whether the ledger is still this run's."""
    clock = context.clock
    monotonic = clock.monotonic()
    wall = clock.wall()
    within = context.bounds.send_within

    def allowed() -> bool:
        soon = clock.monotonic() - monotonic < within and -1.0 < clock.wall() - wall < within
        return soon and context.ledger.holds()

    return allowed
