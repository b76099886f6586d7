"""A claim is a permit for P seconds (protocol, rule 8)."""

from collections.abc import Callable

from trayimport.apply.context import Context


def permit(context: Context) -> Callable[[], bool]:
    """Says at the socket whether less than P has passed since now, on the monotonic and on the wall clock: the former
    stops while a laptop sleeps."""
    clock = context.clock
    monotonic = clock.monotonic()
    wall = clock.wall()
    within = context.bounds.send_within

    def allowed() -> bool:
        return clock.monotonic() - monotonic < within and -1.0 < clock.wall() - wall < within

    return allowed
