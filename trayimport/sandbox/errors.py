"""What the emulator itself can fail with; requests never raise it, they are answered."""


class SandboxError(Exception):
    """The emulator cannot start or read its files. The message holds paths and names, never a token."""
