"""Parsers of answers: one module a kind of item; `parse` picks the right one."""

from clinic.intake.kinds.registry import parse
from clinic.intake.model.result import Accepted, Context, Option, Parsed, Refused, Unclear

__all__ = ["Accepted", "Context", "Option", "Parsed", "Refused", "Unclear", "parse"]
