"""Findings and outcomes as texts: pure strings, nothing is printed here."""

from trayimport.report.escape import shown
from trayimport.report.findings import Case, Findings
from trayimport.report.formats import FORMATS, render
from trayimport.report.json_ import finding_document
from trayimport.report.plan import PlannedRecord, PlanView, plan_markdown, plan_text
from trayimport.report.record import record_text
from trayimport.report.summary import Cause, causes, summary

__all__ = [
    "FORMATS",
    "Case",
    "Cause",
    "Findings",
    "PlanView",
    "PlannedRecord",
    "causes",
    "finding_document",
    "plan_markdown",
    "plan_text",
    "record_text",
    "render",
    "shown",
    "summary",
]
