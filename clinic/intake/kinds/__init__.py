"""The kinds of questions: one module a kind, which reads an answer and shows it."""

from clinic.intake.kinds.registry import kind_of, parse, show
from clinic.intake.model.result import Accepted, Context, Option, Parsed, Refused, Unclear

__all__ = ["Accepted", "Context", "Option", "Parsed", "Refused", "Unclear", "kind_of", "parse", "show"]
