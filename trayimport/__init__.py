"""Moves End Users' existing credentials into Tray.ai, exactly once."""

__version__ = "0.1.0"
