"""Jinja's parser over a lexer that gives character offsets as line numbers (language, ruling 20)."""

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import Lexer

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_KEPT = frozenset("\\'\"nrt")


class _Offsets(Lexer):
    """Tokens whose line number is the offset of their first character."""

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """See Lexer; escapes other than the language's six are made literal (ruling 14).

        Raises jinja2.TemplateSyntaxError.
        """
        at = 0
        for _, category, value in super().tokeniter(source, name, filename, state):
            found = source.find(value, at)
            at = found if found >= 0 else at
            if category == "raw_begin":
                raise TemplateSyntaxError("there is no `raw` here", at)
            yield at, category, _literal(value) if category == "string" else value
            at += len(value)


def _literal(text: str) -> str:
    inner = _ESCAPE.sub(lambda found: found[0] if found[1] in _KEPT else "\\" + found[0], text[1:-1])
    return text[0] + inner + text[-1]


class _Parser(Environment):
    @cached_property
    def lexer(self) -> Lexer:
        """The lexer of offsets."""
        return _Offsets(self)


_ENVIRONMENT = _Parser(autoescape=False, keep_trailing_newline=True)


_PATH = re.compile(r"\{\{[ \t]*([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)[ \t]*\}\}", re.ASCII)
_WORDS = frozenset({"true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else"})


@lru_cache(maxsize=1024)
def parse(text: str) -> nodes.Template:
    """The tree of a template; a node's `lineno` is the offset of its token. Raises jinja2.TemplateSyntaxError.

    Mappings say the same again and again, `{{ record.id }}` say; their compiler only reads the tree.
    """
    path = _PATH.fullmatch(text)
    return _ENVIRONMENT.parse(text) if path is None or path[1] in _WORDS else _of_path(path)


def _of_path(path: re.Match[str]) -> nodes.Template:
    """The tree of a name and steps below it, which is what most templates are: Jinja takes ten times as long."""
    node: nodes.Expr = nodes.Name(path[1], "load", lineno=path.start(1))
    at = path.end(1)
    for step in path[2].split(".")[1:]:
        node = nodes.Getattr(node, step, "load", lineno=at)
        at += len(step) + 1
    return nodes.Template([nodes.Output([node], lineno=node.lineno)], lineno=1)
