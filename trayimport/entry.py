"""Where a process begins: until the guard stands, Ctrl-C ends it by the signal alone, without Python's traceback."""

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> None:
    """The console script."""
    from trayimport.cli import main as command  # noqa: PLC0415 - after the signal's handler

    command()
