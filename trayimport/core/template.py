"""Templates: compiled once from a mapping's text, rendered for every record."""

import re
from collections.abc import Callable, Mapping, Sequence

from jinja2 import TemplateSyntaxError, nodes

from trayimport.codes import template as codes
from trayimport.core import runtime as run
from trayimport.core.expression import CompileError, Compiler
from trayimport.core.filters.base import Filter
from trayimport.core.reads import Reads
from trayimport.core.runtime import State
from trayimport.core.statements import block
from trayimport.core.template_lexer import parse
from trayimport.core.token_shapes import MASK
from trayimport.core.tree import Column, Template
from trayimport.errors import RecordError
from trayimport.model import Diagnostic, Json, Position

__all__ = ["Filter", "compile_template", "has_template"]

LONGEST = 8 * 1024
DEEPEST = 60
"""Brackets within brackets."""
_OPEN = re.compile(r"\{[{%#]")
_BRACKET = re.compile(r"[()\[\]{}]")
_DIGIT_FIRST = re.compile(r"\b([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\.([0-9]\w*)", re.ASCII)
_QUOTED = re.compile(r"'([^']*)'")
_KINDS = ("end of print statement", "end of statement block", "end of template", "begin of statement block", "name")
_STATEMENTS = "if elif else endif for in endfor set endset is not and or"
_SIGNS = "( ) [ ] { } . , : ; | ~ + - * / % = < > ! }} {{ %} {% == != <= >= // **"
_WORDS = frozenset((*_KINDS, *_STATEMENTS.split(), *_SIGNS.split()))
"""What Jinja may quote: names of its tokens, and words that a template is made of."""
Locate = Callable[[int], Position]


def has_template(text: str) -> bool:
    """Whether a text of a mapping holds an expression, a statement or a comment."""
    return "{{" in text or "{%" in text or "{#" in text


def without_templates(text: str) -> str:
    """A text less its expressions, statements and comments; what isn't closed stays. In one pass."""
    kept: list[str] = []
    at = 0
    open_ends = {"{{": "}}", "{%": "%}", "{#": "#}"}
    for found in _OPEN.finditer(text):
        end = text.find(open_ends[found[0]], found.end()) if found.start() >= at and found[0] in open_ends else -1
        if end >= 0:
            kept.append(text[at : found.start()])
            at = end + 2
        elif found.start() >= at:
            open_ends.pop(found[0], None)
    return "".join((*kept, text[at:]))


class Compiled:
    """See the Protocol in core/tree.py."""

    __slots__ = (
        "_render", "at", "columns", "compared", "conditional_on_time", "conditions", "names", "needed", "secrets",
        "text", "time_dependent", "typed", "variables",
    )  # fmt: skip

    def __init__(
        self, text: str, locate: Locate, reads: Reads, render: Callable[[State], Json], *, typed: bool
    ) -> None:
        self.text = text
        self.at = locate(0)
        self.typed = typed
        self.names = frozenset(reads.names)
        self.variables = frozenset(reads.variables)
        self.secrets = frozenset(reads.secrets)
        self.columns = tuple(Column(name, guarded, locate(offset)) for name, guarded, offset in reads.columns())
        self.needed = tuple((path, locate(offset)) for path, offset in reads.needed())
        self.compared = tuple(Column(name, False, locate(offset)) for name, offset in reads.compared)
        self.conditions = frozenset(reads.conditions)
        self.time_dependent = reads.timed
        self.conditional_on_time = reads.timed_condition
        self._render = render

    def render(self, scope: dict[str, object]) -> Json:
        """The value for a scope of names; may be OMIT. Raises RecordError, whose text shows no value."""
        try:
            return self._render(State(scope))
        except RecordError:
            raise
        except (RecursionError, MemoryError):
            raise run.fail(codes.RAN_AWAY, "nested too deeply") from None
        except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, UnicodeError):
            raise run.fail(codes.FILTER_FAILED, "the expression can't be used on these values") from None


def compile_template(
    text: str,
    locate: Locate,
    *,
    names: frozenset[str],
    filters: Mapping[str, Filter] | None = None,
) -> tuple[Template | None, list[Diagnostic]]:
    """The template, or None and every problem; `locate` gives the place of a character offset in `text`."""
    try:
        _refuse_size(text)
        body = _parsed(text)
        compiler = Compiler(names, filters)
        compiled = _compiled(text, locate, body, compiler)
    except CompileError as error:
        return None, [_diagnostic(error, locate)]
    except (RecursionError, MemoryError):
        return None, [_diagnostic(CompileError(codes.TOO_LONG, "the template nests too deeply", 0), locate)]
    if compiler.problems:
        return None, [_diagnostic(problem, locate) for problem in compiler.problems]
    if not compiler.reads.names:
        try:
            compiled.render({})
        except RecordError as error:
            problem = error.problem
            return None, [Diagnostic(locate(_start(body)), problem.code, "error", "", problem.message, problem.remedy)]
    return compiled, []


def _start(body: Sequence[nodes.Node]) -> int:
    """The offset of the first thing in a template that is no plain text."""
    parts: list[nodes.Node] = []
    for node in body:
        parts += node.nodes if isinstance(node, nodes.Output) else [node]
    return next((one.lineno for one in parts if not isinstance(one, nodes.TemplateData)), 0)


def _diagnostic(error: CompileError, locate: Locate) -> Diagnostic:
    return Diagnostic.of(error.code, locate(error.offset), error.message, remedy=error.remedy)


def _refuse_size(text: str) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LONGEST:
        raise CompileError(codes.TOO_LONG, f"{size:,} bytes; at most {LONGEST:,} are allowed", 0)
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth = depth + 1 if bracket[0] in "([{" else max(0, depth - 1)
        if depth > DEEPEST:
            raise CompileError(codes.TOO_LONG, f"brackets nest deeper than {DEEPEST}", bracket.start())


def _parsed(text: str) -> list[nodes.Node]:
    try:
        return parse(text).body
    except TemplateSyntaxError as error:
        digits = _DIGIT_FIRST.finditer(text)
        digit = next((found for found in digits if found.start() <= error.lineno <= found.end()), None)
        if digit is not None:
            remedy = f"Write {digit[1]}['{digit[2]}']."
            raise CompileError(codes.SYNTAX, "a name can't begin with a digit", digit.start(2), remedy) from None
        raise CompileError(
            codes.SYNTAX, _worded(error.message or ""), min(error.lineno, max(0, len(text) - 1))
        ) from None
    except (ValueError, AssertionError, SyntaxError, OverflowError, UnicodeError):
        raise CompileError(codes.SYNTAX, "not an expression of the language", 0) from None


def _worded(message: str) -> str:
    """Jinja's own words, less what they quote of the mapping that is no word of the language."""
    told = _QUOTED.sub(lambda found: found[0] if found[1] in _WORDS else f"'{MASK}'", message.rstrip("."))
    return f"not a template: {told[:200]}"


def _compiled(text: str, locate: Locate, body: list[nodes.Node], compiler: Compiler) -> Compiled:
    parts: list[nodes.Node] = [one for node in body if isinstance(node, nodes.Output) for one in node.nodes]
    plain = all(isinstance(node, nodes.Output) for node in body)
    meant = [one for one in parts if not (isinstance(one, nodes.TemplateData) and not one.data.strip())]
    if plain and len(meant) == 1 and not isinstance(meant[0], nodes.TemplateData):
        value = compiler.expression(meant[0])
        return Compiled(text, locate, compiler.reads, value, typed=True)
    if plain:
        return Compiled(text, locate, compiler.reads, _text(parts, compiler), typed=False)
    return Compiled(text, locate, compiler.reads, _statements(body, compiler), typed=False)


def _text(parts: Sequence[nodes.Node], compiler: Compiler) -> Callable[[State], Json]:
    """Text around expressions, less one final newline (language, ruling 1)."""
    pieces = [compiler.text(one) for one in parts]

    def render(state: State) -> Json:
        return run.bounded("".join([run.as_text(piece(state)) for piece in pieces])).removesuffix("\n")

    return render


def _statements(body: list[nodes.Node], compiler: Compiler) -> Callable[[State], Json]:
    write = block(compiler, body)

    def render(state: State) -> Json:
        out: list[str] = []
        write(state, out)
        text = "".join(out).strip()
        if not text:
            raise run.fail(codes.EMPTY_TEMPLATE, "the template gave nothing")
        return text

    return render
