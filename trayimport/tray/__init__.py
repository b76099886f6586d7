"""Tray's API: the calls of the contract and no others."""

from trayimport.tray.client import Client
from trayimport.tray.master import MasterToken, master_token
from trayimport.tray.targets import Target, target

__all__ = ["Client", "MasterToken", "Target", "master_token", "target"]
