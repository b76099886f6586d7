"""Every diagnostic code, one module per range; a code is declared once and referred to by its constant."""

from functools import cache

from trayimport.codes import content, ledger, mapping, record, run, schema, template, tray
from trayimport.codes.base import Code, Severity

__all__ = ["Code", "Severity", "all_codes"]


@cache
def all_codes() -> dict[str, Code]:
    """Each declared code under its id, in the order of the ids."""
    found = [
        value
        for module in (mapping, template, schema, record, content, tray, ledger, run)
        for value in vars(module).values()
        if isinstance(value, Code)
    ]
    return {code.id: code for code in sorted(found, key=lambda code: code.id)}
