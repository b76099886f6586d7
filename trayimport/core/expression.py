"""Jinja's tree → closures of ours: nothing that a template says reaches Python itself (language, rulings 3 and 13)."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import nodes

from trayimport.codes import template as codes
from trayimport.codes.base import Code
from trayimport.core import runtime as run
from trayimport.core.filters.base import Filter
from trayimport.core.filters.patterns import BadPatternError, compiled
from trayimport.core.filters.table import FILTERS, GUARDS, HIGHER, LENIENT, TESTS
from trayimport.core.runtime import State, Undefined
from trayimport.core.tree import OMIT
from trayimport.errors import RecordError

Run = Callable[[State], Any]
TIMED = frozenset({"seconds_until"})
ALWAYS = frozenset({"omit", "range"})


@dataclass(slots=True)
class Reads:
    """What a template reads, found while it is compiled."""

    names: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    columns: list[tuple[str, bool, int]] = field(default_factory=list)
    timed: bool = False
    timed_condition: bool = False


class CompileError(Exception):
    """A problem of a template, at a character offset."""

    def __init__(self, code: Code, message: str, offset: int, remedy: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.remedy = remedy


class Compiler:
    """Compiles one template; `problems` collects what can be told without stopping."""

    def __init__(self, names: frozenset[str], filters: Mapping[str, Filter] | None) -> None:
        self._names = names
        self._plugins = dict(filters or {})
        self._local: list[set[str]] = [set()]
        self._guards = 0
        self.reads = Reads()
        self.problems: list[CompileError] = []

    def expression(self, node: nodes.Node) -> Run:
        """A closure that gives the expression's value; raises where that isn't there."""
        loose = self.loose(node)
        if isinstance(node, nodes.Const | nodes.TemplateData | nodes.Concat | nodes.Compare):
            return loose

        def strict(state: State) -> Any:
            value = loose(state)
            return run.defined(value) if isinstance(value, Undefined) else value

        return strict

    def loose(self, node: nodes.Node) -> Run:
        """A closure that may give an Undefined, for what can do without."""
        maker = getattr(self, f"_{type(node).__name__.lower()}", None)
        if maker is None:
            self._problem(codes.FORBIDDEN, f"templates have no {type(node).__name__.lower()}", node)
            return lambda _state: None
        made: Run = maker(node)
        return made

    def _problem(self, code: Code, message: str, node: nodes.Node, remedy: str | None = None) -> None:
        self.problems.append(CompileError(code, message, node.lineno, remedy))

    def condition(self, node: nodes.Node) -> Run:
        """A closure that gives whether a condition holds."""
        timed, self.reads.timed = self.reads.timed, False
        value = self.loose(node)
        if self.reads.timed:
            self.reads.timed_condition = True
        self.reads.timed = self.reads.timed or timed
        return lambda state: run.truth(value(state))

    def _const(self, node: nodes.Const) -> Run:
        value = node.value
        return lambda _state: value

    def _templatedata(self, node: nodes.TemplateData) -> Run:
        data = node.data
        return lambda _state: data

    def _name(self, node: nodes.Name) -> Run:
        name = node.name
        if any(name in names for names in self._local):
            return lambda state: state.local.get(name, Undefined(name))
        if name == "omit":
            return lambda _state: OMIT
        if name not in self._names:
            known = sorted(self._names | ALWAYS)
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            message = f"{name} is no name that this template can see"
            self._problem(codes.UNKNOWN_NAME, message, node, f"{hint}In scope here: {', '.join(known)}.")
            return lambda _state: None
        self.reads.names.add(name)
        if name == "now":
            self.reads.timed = True

        def read(state: State) -> Any:
            return state.scope[name] if name in state.scope else Undefined(name)

        return read

    def _getattr(self, node: nodes.Getattr) -> Run:
        return self._field(node, node.attr)

    def _getitem(self, node: nodes.Getitem) -> Run:
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._field(node, node.arg.value, by_key=True)
        if isinstance(node.arg, nodes.Slice):
            return self._slice(node.node, node.arg)
        base, key = self.loose(node.node), self.expression(node.arg)
        what = "an item"
        if isinstance(node.node, nodes.Name) and node.node.name in {"vars", "secrets"}:
            self._problem(codes.FORBIDDEN, f"{node.node.name}[…] takes a constant", node)
        return lambda state: run.item(base(state), key(state), what)

    def _field(self, node: nodes.Getattr | nodes.Getitem, name: str, *, by_key: bool = False) -> Run:
        base = self.loose(node.node)
        spelled = f".{name}"
        what = self._spelled(node)
        if isinstance(node.node, nodes.Name) and not any(node.node.name in names for names in self._local):
            self._note(node.node.name, name, node.lineno)
        if by_key:
            return lambda state: run.item(base(state), name, what)
        if isinstance(node.node, nodes.Name):
            return self._top(node.node.name, name, what, base)
        return lambda state: run.attribute(base(state), name, what, spelled)

    def _top(self, top: str, name: str, what: str, base: Run) -> Run:
        """`record.name`, which most templates are, without a call of its own for each step."""
        if top in self._names and not any(top in names for names in self._local):

            def quick(state: State) -> Any:
                try:
                    return state.scope[top][name]  # type: ignore[index]
                except (KeyError, TypeError):
                    return run.attribute(base(state), name, what, f".{name}")

            return quick
        return lambda state: run.attribute(base(state), name, what, f".{name}")

    def _note(self, top: str, name: str, offset: int) -> None:
        if top == "record":
            self.reads.columns.append((name, self._guards > 0, offset))
        elif top == "vars":
            self.reads.variables.add(name)
        elif top == "secrets":
            self.reads.secrets.add(name)

    def _spelled(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Getattr):
            return f"{self._spelled(node.node)}.{node.attr}"
        if isinstance(node, nodes.Getitem):
            constant = isinstance(node.arg, nodes.Const)
            return f"{self._spelled(node.node)}[{node.arg.value!r}]" if constant else f"{self._spelled(node.node)}[…]"  # type: ignore[attr-defined]
        return node.name if isinstance(node, nodes.Name) else "the value"

    def _slice(self, whole: nodes.Node, part: nodes.Slice) -> Run:
        base = self.expression(whole)
        ends = [None if end is None else self.expression(end) for end in (part.start, part.stop, part.step)]

        def cut(state: State) -> Any:
            value = base(state)
            if not isinstance(value, str | list):
                raise run.fail(codes.BAD_OPERAND, f"only texts and lists are sliced, found {run.kind(value)}")
            numbers = [None if end is None else end(state) for end in ends]
            for one in numbers:
                if one is not None and (isinstance(one, bool) or not isinstance(one, int)):
                    raise run.fail(codes.BAD_OPERAND, "a slice takes integers")
            if numbers[2] == 0:
                raise run.fail(codes.BAD_OPERAND, "a slice can't step by 0")
            return value[slice(*numbers)]

        return cut

    def _list(self, node: nodes.List) -> Run:
        items = [self.expression(one) for one in node.items]

        def make(state: State) -> Any:
            state.step(len(items))
            return [value for one in items if (value := one(state)) is not OMIT]

        return make

    def _tuple(self, node: nodes.Tuple) -> Run:
        return self._list(node)  # type: ignore[arg-type]

    def _dict(self, node: nodes.Dict) -> Run:
        pairs = [(self.expression(pair.key), self.expression(pair.value)) for pair in node.items]

        def make(state: State) -> Any:
            state.step(len(pairs))
            found = {}
            for key, value in pairs:
                name, one = key(state), value(state)
                if not isinstance(name, str):
                    raise run.fail(codes.BAD_OPERAND, f"a map has texts as keys, found {run.kind(name)}")
                if one is not OMIT:
                    found[name] = one
            return found

        return make

    def _concat(self, node: nodes.Concat) -> Run:
        parts = [self.loose(one) for one in node.nodes]
        return lambda state: run.bounded("".join([run.as_text(one(state)) for one in parts]))

    def _add(self, node: nodes.Add) -> Run:
        left, right = self.expression(node.left), self.expression(node.right)
        return lambda state: run.add(left(state), right(state))

    def _binary(self, node: nodes.BinExpr, sign: str) -> Run:
        left, right = self.expression(node.left), self.expression(node.right)
        return lambda state: run.arithmetic(sign, left(state), right(state))

    def _sub(self, node: nodes.Sub) -> Run:
        return self._binary(node, "-")

    def _mul(self, node: nodes.Mul) -> Run:
        return self._binary(node, "*")

    def _div(self, node: nodes.Div) -> Run:
        return self._binary(node, "/")

    def _floordiv(self, node: nodes.FloorDiv) -> Run:
        return self._binary(node, "//")

    def _mod(self, node: nodes.Mod) -> Run:
        return self._binary(node, "%")

    def _pow(self, node: nodes.Pow) -> Run:
        return self._binary(node, "**")

    def _neg(self, node: nodes.Neg) -> Run:
        value = self.expression(node.node)
        return lambda state: -run.number(value(state), "-")

    def _pos(self, node: nodes.Pos) -> Run:
        value = self.expression(node.node)
        return lambda state: run.number(value(state), "+")

    def _compare(self, node: nodes.Compare) -> Run:
        first = self.expression(node.expr)
        rest = [(one.op, self.expression(one.expr)) for one in node.ops]

        def compare(state: State) -> bool:
            left = first(state)
            for sign, expression in rest:
                right = expression(state)
                if not run.compare(sign, left, right):
                    return False
                left = right
            return True

        return compare

    def _and(self, node: nodes.And) -> Run:
        test, left, right = self.condition(node.left), self.loose(node.left), self.condition_value(node.right)
        return lambda state: right(state) if test(state) else left(state)

    def _or(self, node: nodes.Or) -> Run:
        test, left, right = self.condition(node.left), self.loose(node.left), self.condition_value(node.right)
        return lambda state: left(state) if test(state) else right(state)

    def condition_value(self, node: nodes.Node) -> Run:
        """The value of an operand, refused where it reads like a boolean."""
        value, timed = self.expression(node), self.reads.timed
        self.reads.timed_condition = self.reads.timed_condition or timed

        def checked(state: State) -> Any:
            found = value(state)
            run.truth(found)
            return found

        return checked

    def _not(self, node: nodes.Not) -> Run:
        test = self.condition(node.node)
        return lambda state: not test(state)

    def _condexpr(self, node: nodes.CondExpr) -> Run:
        test, then = self.condition(node.test), self.loose(node.expr1)
        if node.expr2 is None:
            missing = Undefined("the else branch", "Write: a if condition else b (or: else omit).")
            return lambda state: then(state) if test(state) else missing
        other = self.loose(node.expr2)
        return lambda state: then(state) if test(state) else other(state)

    def _test(self, node: nodes.Test) -> Run:
        function = TESTS.get(node.name)
        guarded = node.name in GUARDS
        self._guards += guarded
        value = self.loose(node.node) if guarded else self.expression(node.node)
        self._guards -= guarded
        arguments = [self.expression(one) for one in node.args]
        if function is None:
            near = difflib.get_close_matches(node.name, TESTS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            self._problem(codes.UNKNOWN_FILTER, f"no test is called {node.name}{hint}", node)
            return lambda _state: False
        return lambda state: _tested(function, value(state), [one(state) for one in arguments])

    def _call(self, node: nodes.Call) -> Run:
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            self._problem(codes.FORBIDDEN, "calls take plain arguments only", node)
        arguments = [self.expression(one) for one in node.args]
        if isinstance(node.node, nodes.Name) and node.node.name == "range":
            return lambda state: _range(state, [one(state) for one in arguments])
        if not isinstance(node.node, nodes.Getattr):
            self._problem(codes.FORBIDDEN, "only range() and the methods of texts can be called", node)
            return lambda _state: None
        name, base = node.node.attr, self.loose(node.node.node)
        if name not in run.METHODS:
            hint = {"items": "use `| items`", "get": "use `| default(…)`", "format": "use ~"}.get(name)
            hint = hint or "texts have: " + ", ".join(sorted(run.METHODS))
            self._problem(codes.NOT_CALLED, f".{name}() is no method that templates have", node, hint)
            return lambda _state: None
        return lambda state: run.method(base(state), name, [one(state) for one in arguments])

    def _filter(self, node: nodes.Filter) -> Run:
        if node.node is None:
            self._problem(codes.FORBIDDEN, "filter blocks don't exist", node)
            return lambda _state: None
        if node.dyn_args or node.dyn_kwargs:
            self._problem(codes.FORBIDDEN, "filters take plain arguments only", node)
        lenient = node.name in LENIENT
        self._guards += lenient
        value = self.loose(node.node) if lenient else self.expression(node.node)
        self._guards -= lenient
        if node.name in TIMED:
            self.reads.timed = True
        if node.name in HIGHER:
            return self._higher(node, value)
        function = self._function(node, node.name)
        if node.name.startswith("regex_"):
            self._pattern(node)
        return _bound(function, value, self._arguments(node), self._keywords(node), lenient=lenient)

    def _arguments(self, node: nodes.Filter) -> list[Run]:
        return [self.expression(one) for one in node.args]

    def _keywords(self, node: nodes.Filter) -> dict[str, Run]:
        return {str(one.key): self.expression(one.value) for one in node.kwargs}

    def _function(self, node: nodes.Node, name: str) -> Callable[..., Any]:
        if name in FILTERS:
            return FILTERS[name]
        plugin = self._plugins.get(name)
        if plugin is None:
            near = difflib.get_close_matches(name, [*FILTERS, *HIGHER, *self._plugins], 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            self._problem(codes.UNKNOWN_FILTER, f"no filter is called {name}{hint}", node)
            return lambda _state, value: value
        outside = plugin.function
        if plugin.text_input:
            return lambda _state, value, *rest: outside(run.as_text(value), *rest)
        return lambda _state, value, *rest: outside(value, *rest)

    def _pattern(self, node: nodes.Filter) -> None:
        pattern = node.args[0] if node.args else None
        if not isinstance(pattern, nodes.Const) or not isinstance(pattern.value, str):
            self._problem(codes.BAD_PATTERN, f"{node.name} takes its pattern as a constant text", node)
            return
        try:
            compiled(pattern.value)
        except BadPatternError:
            self._problem(codes.BAD_PATTERN, "a pattern that the linear engine can't compile", pattern)

    def _higher(self, node: nodes.Filter, value: Run) -> Run:
        """map, select, reject, selectattr, rejectattr."""
        names = [one.value if isinstance(one, nodes.Const) else None for one in node.args]
        attribute = {str(one.key): one.value for one in node.kwargs}.get("attribute")
        path = attribute.value if isinstance(attribute, nodes.Const) else None
        by_attribute = node.name.endswith("attr")
        if by_attribute or path is not None:
            path = names.pop(0) if by_attribute and names else path
        offset = 1 if by_attribute else 0
        rest = [self.expression(one) for one in node.args[offset + 1 :]]
        if any(not isinstance(name, str) for name in names[:1]) or (
            path is not None and not isinstance(path, str | int)
        ):
            self._problem(codes.FORBIDDEN, f"{node.name} takes constant names", node)
            return lambda _state: None
        pick = _picker(path)
        if node.name == "map":
            return self._map(node, value, names, pick, rest)
        keep = node.name.startswith("select")
        test = TESTS.get(str(names[0])) if names else bool
        if test is None:
            self._problem(codes.UNKNOWN_FILTER, f"no test is called {names[0]}", node)
            return lambda _state: None

        def choose(state: State) -> Any:
            arguments = [one(state) for one in rest]
            return [one for one in run.iterate(state, value(state)) if _tested(test, pick(one), arguments) == keep]

        return choose

    def _map(self, node: nodes.Filter, value: Run, names: list[Any], pick: Run, rest: list[Run]) -> Run:
        if not names:
            return lambda state: [run.defined(pick(one)) for one in run.iterate(state, value(state))]
        function = self._function(node, str(names[0]))

        def each(state: State) -> Any:
            arguments = [one(state) for one in rest]
            return [
                run.defined(_filtered(function, state, one, arguments, {})) for one in run.iterate(state, value(state))
            ]

        return each

    def statements(self, body: list[nodes.Node], into: list[Callable[[State, list[str]], None]]) -> None:
        """Statements: output, if, for and set, nothing else (language, ruling 1)."""
        for node in body:
            if isinstance(node, nodes.Output):
                into += [self._output(one) for one in node.nodes]
            elif isinstance(node, nodes.If):
                into.append(self._if(node))
            elif isinstance(node, nodes.For):
                into.append(self._for(node))
            elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
                into.append(self._set(node))
            else:
                self._problem(codes.FORBIDDEN, "only if, for and set are statements here", node)

    def _output(self, node: nodes.Node) -> Callable[[State, list[str]], None]:
        value = self.loose(node)
        return lambda state, out: out.append(run.as_text(value(state)))

    def _block(self, body: list[nodes.Node]) -> Callable[[State, list[str]], None]:
        steps: list[Callable[[State, list[str]], None]] = []
        self.statements(body, steps)

        def all_of(state: State, out: list[str]) -> None:
            for step in steps:
                step(state, out)

        return all_of

    def _if(self, node: nodes.If) -> Callable[[State, list[str]], None]:
        branches = [(self.condition(node.test), self._block(node.body))]
        branches += [(self.condition(one.test), self._block(one.body)) for one in node.elif_]
        other = self._block(node.else_)

        def choose(state: State, out: list[str]) -> None:
            for test, block in branches:
                if test(state):
                    block(state, out)
                    return
            other(state, out)

        return choose

    def _for(self, node: nodes.For) -> Callable[[State, list[str]], None]:
        targets = [node.target] if isinstance(node.target, nodes.Name) else getattr(node.target, "items", [])
        if node.recursive or not all(isinstance(one, nodes.Name) for one in targets):
            self._problem(codes.FORBIDDEN, "for takes plain names", node)
        source = self.expression(node.iter)
        names = [one.name for one in targets if isinstance(one, nodes.Name)]
        self._local.append({*names, "loop"})
        body, other = self._block(node.body), self._block(node.else_)
        test = None if node.test is None else self.condition(node.test)
        self._local.pop()
        single = isinstance(node.target, nodes.Name)

        def loop(state: State, out: list[str]) -> None:
            items = run.iterate(state, source(state))
            before = dict(state.local)
            count = 0
            for index, one in enumerate(items):
                _assign(state, names, one, single=single)
                place = {"index": index + 1, "index0": index, "first": index == 0, "last": index == len(items) - 1}
                state.local["loop"] = {**place, "length": len(items)}
                if test is None or test(state):
                    count += 1
                    body(state, out)
                    run.bounded("" if sum(map(len, out)) <= run.TEXT else " " * (run.TEXT + 1))
            state.local = before
            if not count:
                other(state, out)

        return loop

    def _set(self, node: nodes.Assign) -> Callable[[State, list[str]], None]:
        value = self.expression(node.node)
        name = node.target.name  # type: ignore[attr-defined]
        self._local[-1].add(name)

        def put(state: State, _out: list[str]) -> None:
            state.local[name] = value(state)

        return put


def _assign(state: State, names: list[str], value: Any, *, single: bool) -> None:
    if single:
        state.local[names[0]] = value
        return
    if not isinstance(value, list | tuple) or len(value) != len(names):
        raise run.fail(codes.BAD_OPERAND, f"for expects items of {len(names)} parts")
    state.local.update(zip(names, value, strict=True))


def _picker(path: Any) -> Callable[[Any], Any]:
    if path is None:
        return lambda value: value
    steps = [path] if isinstance(path, int) else path.split(".")

    def pick(value: Any) -> Any:
        for step in steps:
            value = run.item(value, step, "an attribute")
        return value

    return pick


def _bound(
    function: Callable[..., Any], value: Run, arguments: list[Run], keywords: dict[str, Run], *, lenient: bool
) -> Run:
    def apply(state: State) -> Any:
        given = value(state)
        if given is OMIT and not lenient:
            return OMIT
        return _filtered(
            function,
            state,
            given,
            [one(state) for one in arguments],
            {name: one(state) for name, one in keywords.items()},
        )

    return apply


def _filtered(
    function: Callable[..., Any], state: State, value: Any, arguments: list[Any], keywords: dict[str, Any]
) -> Any:
    if value is OMIT:
        return OMIT
    try:
        return function(state, value, *arguments, **keywords)
    except RecordError:
        raise
    except Exception:  # noqa: BLE001 - its text may quote the value
        raise run.fail(codes.FILTER_FAILED, f"a filter can't use {run.kind(value)} with these arguments") from None


def _tested(function: Callable[..., bool], value: Any, arguments: list[Any]) -> bool:
    try:
        return bool(function(value, *arguments))
    except RecordError:
        raise
    except Exception:  # noqa: BLE001 - its text may quote the value
        raise run.fail(codes.FILTER_FAILED, f"a test can't use {run.kind(value)}") from None


def _range(state: State, arguments: list[Any]) -> list[int]:
    if not 1 <= len(arguments) <= 3 or any(isinstance(one, bool) or not isinstance(one, int) for one in arguments):
        raise run.fail(codes.BAD_OPERAND, "range takes one to three integers")
    try:
        found = range(*arguments)
    except ValueError:
        raise run.fail(codes.BAD_OPERAND, "range can't step by 0") from None
    if len(found) > run.STEPS if abs(max(arguments, key=abs)) < 2**62 else True:
        raise run.fail(codes.RAN_AWAY, f"a range of more than {run.STEPS:,}")
    state.step(len(found))
    return list(found)
