"""Questions about a template's expression that rendering never asks: what do its conditions read and compare?"""

from collections.abc import Iterator
from functools import lru_cache

from jinja2 import Environment, TemplateError, nodes

_PARSER = Environment(autoescape=False, extensions=[])  # noqa: S701 - nothing is rendered, let alone as HTML


@lru_cache(maxsize=512)
def _parsed(text: str) -> nodes.Template | None:
    try:
        return _PARSER.parse(text)
    except (TemplateError, RecursionError, MemoryError, ValueError):
        return None


def names_in_conditions(text: str, scope: str) -> frozenset[str]:
    """Names `x` of `scope.x` in conditions of a template: what `if`, `and`, `or`, `not`, `==`, `is` look at."""
    tree = _parsed(text)
    if tree is None:
        return frozenset()
    return frozenset(name for part in _conditions(tree) for name, _ in _fields(part, scope))


def compares_text(text: str) -> Iterator[str]:
    """Columns of the record that a template compares with a number or a boolean."""
    tree = _parsed(text)
    if tree is None:
        return
    for compare in tree.find_all(nodes.Compare):
        sides = [compare.expr, *(operand.expr for operand in compare.ops)]
        if any(isinstance(side, nodes.Const) and isinstance(side.value, bool | int | float) for side in sides):
            for side in sides:
                name = _field(side, "record")
                if name is not None:
                    yield name


def _conditions(tree: nodes.Template) -> Iterator[nodes.Node]:
    for choice in tree.find_all(nodes.CondExpr):
        yield choice.test
    for statement in tree.find_all(nodes.If):
        yield statement.test
    for loop in tree.find_all(nodes.For):
        yield loop.iter
    yield from tree.find_all((nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Test))


def _fields(node: nodes.Node, scope: str) -> Iterator[tuple[str, nodes.Node]]:
    for child in (node, *node.find_all((nodes.Getattr, nodes.Getitem))):
        name = _field(child, scope)
        if name is not None:
            yield name, child


def _field(node: nodes.Node, scope: str) -> str | None:
    """`x` of exactly `scope.x` or `scope['x']`."""
    if not isinstance(node, nodes.Getattr | nodes.Getitem):
        return None
    if not isinstance(node.node, nodes.Name) or node.node.name != scope:
        return None
    if isinstance(node, nodes.Getattr):
        return node.attr
    argument = node.arg
    return argument.value if isinstance(argument, nodes.Const) and isinstance(argument.value, str) else None
