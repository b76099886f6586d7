"""Schemas: any dialect → one normal form; payload × schema → problems. The names that the other parts use."""

from trayimport.core.conversion import conversion
from trayimport.core.schema_engine import UnusableError
from trayimport.core.schema_judge import Judge
from trayimport.core.schema_look import enum_at, known_names, required_keys, secret_keys
from trayimport.core.schema_merge import merge
from trayimport.core.schema_normal import NormalSchema, SchemaNote, normalise
from trayimport.core.schema_wire import sendable, wire_problems
from trayimport.core.static_schema import static_problems

__all__ = [
    "Judge",
    "NormalSchema",
    "SchemaNote",
    "UnusableError",
    "conversion",
    "enum_at",
    "known_names",
    "merge",
    "normalise",
    "required_keys",
    "secret_keys",
    "sendable",
    "static_problems",
    "wire_problems",
]
