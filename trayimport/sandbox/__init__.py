"""A Tray emulator on loopback: it knows the contract and shares no code with the client (design, section 7)."""

from trayimport.sandbox.errors import SandboxError
from trayimport.sandbox.faults import Fault, FaultPlan, Meddling
from trayimport.sandbox.readings import NAMES, Readings, readings
from trayimport.sandbox.seed import ServiceEnvironment, built_in_services, services_from_snapshots
from trayimport.sandbox.server import OPERATIONS, Logged, Sandbox

__all__ = [
    "NAMES",
    "OPERATIONS",
    "Fault",
    "FaultPlan",
    "Logged",
    "Meddling",
    "Readings",
    "Sandbox",
    "SandboxError",
    "ServiceEnvironment",
    "built_in_services",
    "readings",
    "services_from_snapshots",
]
