"""Filters, tests and the methods of texts → closures; what is wrong with a call is known when it is compiled."""

import difflib
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jinja2 import nodes

from trayimport.codes import template as codes
from trayimport.core import runtime as run
from trayimport.core.filters.patterns import BadPatternError, compiled
from trayimport.core.filters.table import DECIDING, FILTERS, GUARDS, HIGHER, LENIENT, PATTERNS, TESTS, TIMED
from trayimport.core.runtime import State, Undefined
from trayimport.core.spelling import names_of
from trayimport.core.tree import OMIT
from trayimport.errors import RecordError

if TYPE_CHECKING:
    from trayimport.core.expression import Compiler

Run = Callable[[State], Any]
METHOD_HINTS = {"items": "use `| items`", "get": "use `| default(…)`", "format": "use ~", "join": "use `| join`"}


def filtered(compiler: "Compiler", node: nodes.Filter) -> Run:
    """`value | name(…)`."""
    if node.node is None:
        return compiler.problem(codes.FORBIDDEN, "filter blocks don't exist", node)
    if node.dyn_args or node.dyn_kwargs:
        return compiler.problem(codes.FORBIDDEN, "filters take plain arguments only", node)
    if node.name in HIGHER:
        return _higher(compiler, node, node.node)
    value = _input(compiler, node, node.node)
    function = _function(compiler, node, node.name)
    if function is None:
        return lambda _state: None
    return _applied(function, value, *_checked(compiler, node, node.name, function))


def _input(compiler: "Compiler", node: nodes.Filter, value: nodes.Node) -> Run:
    """What stands before the bar: guards take what isn't there, and `default(x, true)` decides by it."""
    if node.name not in LENIENT:
        return compiler.expression(value)
    with compiler.reads.guarded():
        if node.name in DECIDING and len(node.args) + len(node.kwargs) > 1:
            with compiler.reads.deciding():
                return compiler.loose(value)
        return compiler.loose(value)


def _applied(function: Callable[..., Any], value: Run, arguments: list[Run], keywords: dict[str, Run]) -> Run:
    if not arguments and not keywords:
        return lambda state: _apply(function, state, value(state), (), {})

    def apply(state: State) -> Any:
        given = value(state)
        if given is OMIT:
            return OMIT
        made = {name: one(state) for name, one in keywords.items()}
        return _apply(function, state, given, [one(state) for one in arguments], made)

    return apply


def _apply(function: Callable[..., Any], state: State, value: Any, arguments: Any, keywords: dict[str, Any]) -> Any:
    if value is OMIT:
        return OMIT
    try:
        found = function(state, value, *arguments, **keywords)
    except (RecordError, RecursionError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - its text may quote the value
        raise run.fail(codes.FILTER_FAILED, f"a filter can't use {run.kind(value)} with these arguments") from None
    return run.bounded(found) if isinstance(found, str) else found


def _function(compiler: "Compiler", node: nodes.Node, name: str) -> Callable[..., Any] | None:
    if name in TIMED:
        compiler.reads.timed = True
    if name in FILTERS:
        return FILTERS[name]
    plugin = compiler.plugins.get(name)
    if plugin is None:
        hint = _near(name, [*FILTERS, *HIGHER, *compiler.plugins])
        compiler.problem(codes.UNKNOWN_FILTER, f"no filter is called {name}{hint}", node)
        return None
    outside = plugin.function
    if plugin.text_input:
        return lambda _state, value, *rest, **named: outside(run.as_text(value), *rest, **named)
    return lambda _state, value, *rest, **named: outside(value, *rest, **named)


def _near(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _checked(
    compiler: "Compiler", node: nodes.Filter, name: str, function: Callable[..., Any], skip: int = 0
) -> tuple[list[Run], dict[str, Run]]:
    """Closures of a call's arguments, once the function is known to take them."""
    given, named = node.args[skip:], node.kwargs
    try:
        bound = inspect.signature(function).bind(None, None, *given, **{str(one.key): one.value for one in named})
    except TypeError:
        takes = [str(one) for one in list(inspect.signature(function).parameters)[2:]]
        message = f"{name} takes {', '.join(takes) if takes else 'no arguments'}"
        compiler.problem(codes.BAD_OPERAND, message, node)
        return [], {}
    if name in PATTERNS:
        _pattern(compiler, node, name, bound.arguments)
    return (
        [compiler.expression(one) for one in given],
        {str(one.key): compiler.expression(one.value) for one in named},
    )


def _pattern(compiler: "Compiler", node: nodes.Filter, name: str, arguments: dict[str, Any]) -> None:
    """Patterns and their flags are constants, and are compiled here (language, ruling 14)."""
    pattern = arguments["pattern"]
    flags = [arguments.get(flag, nodes.Const(False)) for flag in ("ignorecase", "multiline")]
    if not isinstance(pattern, nodes.Const) or not isinstance(pattern.value, str):
        compiler.problem(codes.BAD_PATTERN, f"{name} takes its pattern as a constant text", node)
    elif not all(isinstance(flag, nodes.Const) and isinstance(flag.value, bool) for flag in flags):
        compiler.problem(codes.BAD_PATTERN, f"{name}: ignorecase and multiline are true or false", node)
    else:
        try:
            compiled(pattern.value, *(flag.value for flag in flags))
        except BadPatternError:
            compiler.problem(codes.BAD_PATTERN, "a pattern that the linear engine can't compile", pattern)


def _higher(compiler: "Compiler", node: nodes.Filter, value: nodes.Node) -> Run:
    """map, select, reject, selectattr, rejectattr: they take a filter or test by name, or an attribute."""
    keywords = {str(one.key): one.value for one in node.kwargs}
    if node.name == "map" and "attribute" in keywords:
        return _attribute(compiler, node, compiler.expression(value), keywords)
    names = [one.value if isinstance(one, nodes.Const) else None for one in node.args]
    needed = {"map": 1, "selectattr": 1, "rejectattr": 1}.get(node.name, 0)
    by_attribute = node.name.endswith("attr")
    if len(names) < needed or not all(isinstance(name, str) for name in names[: 1 + by_attribute]):
        takes = "an attribute and a test" if by_attribute else "a name"
        return compiler.problem(codes.FORBIDDEN, f"{node.name} takes {takes}, as constant texts", node)
    if node.name == "map":
        return _map(compiler, node, compiler.expression(value), str(names[0]))
    with compiler.reads.deciding():
        return _choice(compiler, node, compiler.expression(value), by_attribute=by_attribute)


def _map(compiler: "Compiler", node: nodes.Filter, value: Run, name: str) -> Run:
    function = _function(compiler, node, name)
    if function is None:
        return lambda _state: None
    given, named = _checked(compiler, node, name, function, skip=1)

    def each(state: State) -> Any:
        arguments = [one(state) for one in given]
        keywords = {key: one(state) for key, one in named.items()}
        made = (_apply(function, state, one, arguments, keywords) for one in run.members(state, value(state)))
        return run.weighed([run.defined(one) for one in made if one is not OMIT])

    return each


def _attribute(compiler: "Compiler", node: nodes.Filter, value: Run, keywords: dict[str, nodes.Expr]) -> Run:
    path, other = keywords["attribute"], keywords.get("default")
    constant = isinstance(path, nodes.Const) and isinstance(path.value, str | int) and not isinstance(path.value, bool)
    if node.args or not constant or set(keywords) - {"attribute", "default"}:
        message = "map takes attribute='…' as a constant, and default=… beside it"
        return compiler.problem(codes.FORBIDDEN, message, node)
    pick = run.picker(path.value)  # type: ignore[attr-defined]
    instead = None if other is None else compiler.expression(other)

    def each(state: State) -> Any:
        found = (pick(one) for one in run.members(state, value(state)))
        if instead is None:
            return [run.defined(one) for one in found]
        made = (instead(state) if isinstance(one, Undefined) else one for one in found)
        return [one for one in made if one is not OMIT]

    return each


def _choice(compiler: "Compiler", node: nodes.Filter, value: Run, *, by_attribute: bool) -> Run:
    pick = run.picker(node.args[0].value if by_attribute else None)  # type: ignore[attr-defined]
    place = 1 if by_attribute else 0
    named = node.args[place].value if len(node.args) > place else None  # type: ignore[attr-defined]
    test = TESTS.get(str(named)) if named is not None else run.truth
    if test is None:
        return compiler.problem(codes.UNKNOWN_FILTER, f"no test is called {named}{_near(str(named), [*TESTS])}", node)
    loose = named in GUARDS
    rest = [compiler.expression(one) for one in node.args[place + 1 :]]
    if node.kwargs or not _fits(test, len(rest)):
        return compiler.problem(codes.BAD_OPERAND, f"{node.name}: the test takes other arguments", node)
    keep = node.name.startswith("select")

    def choose(state: State) -> Any:
        arguments = [one(state) for one in rest]
        found = []
        for one in run.members(state, value(state)):
            picked = pick(one) if loose else run.defined(pick(one))
            if _test(test, picked, arguments) == keep:
                found.append(one)
        return found

    return choose


def tested(compiler: "Compiler", node: nodes.Test) -> Run:
    """`value is name(…)`."""
    function = TESTS.get(node.name)
    if function is None:
        message = f"no test is called {node.name}{_near(node.name, [*TESTS])}"
        return compiler.problem(codes.UNKNOWN_FILTER, message, node)
    if node.name in GUARDS:
        names = names_of(node.node)
        if names is not None:
            compiler.reads.asked(names)
        with compiler.reads.guarded():
            value = compiler.loose(node.node)
    else:
        value = compiler.expression(node.node)
    arguments = [compiler.expression(one) for one in node.args]
    if node.kwargs or node.dyn_args or node.dyn_kwargs or not _fits(function, len(arguments)):
        return compiler.problem(codes.BAD_OPERAND, f"the test {node.name} takes other arguments", node)
    return lambda state: _test(function, value(state), [one(state) for one in arguments])


def _fits(function: Callable[..., bool], arguments: int) -> bool:
    return len(inspect.signature(function).parameters) == arguments + 1


def _test(function: Callable[..., bool], value: Any, arguments: list[Any]) -> bool:
    try:
        return bool(function(value, *arguments))
    except (RecordError, RecursionError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - its text may quote the value
        raise run.fail(codes.FILTER_FAILED, f"a test can't use {run.kind(value)}") from None


def called(compiler: "Compiler", node: nodes.Call) -> Run:
    """`range(…)`, or a method of a text."""
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        return compiler.problem(codes.FORBIDDEN, "calls take plain arguments only", node)
    arguments = [compiler.expression(one) for one in node.args]
    if isinstance(node.node, nodes.Name) and node.node.name == "range":
        return lambda state: run.numbers([one(state) for one in arguments])
    if not isinstance(node.node, nodes.Getattr):
        return compiler.problem(codes.FORBIDDEN, "only range() and the methods of texts can be called", node.node)
    name, base = node.node.attr, compiler.text(node.node.node)
    if name not in run.METHODS:
        hint = METHOD_HINTS.get(name) or "texts have: " + ", ".join(sorted(run.METHODS))
        return compiler.problem(codes.NOT_CALLED, f".{name}() is no method that templates have", node.node, hint)
    return lambda state: run.method(base(state), name, [one(state) for one in arguments])
