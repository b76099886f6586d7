"""Jinja's tree → closures of ours: nothing that a template says reaches Python itself (language, rulings 3 and 13)."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from jinja2 import nodes

from trayimport.codes import template as codes
from trayimport.codes.base import Code
from trayimport.core import calling
from trayimport.core import runtime as run
from trayimport.core.filters.base import Filter
from trayimport.core.reads import Reads
from trayimport.core.runtime import State, Undefined
from trayimport.core.spelling import is_no_text, names_of, record_field, spelled
from trayimport.core.tree import OMIT

Run = Callable[[State], Any]
ALWAYS = frozenset({"omit", "range"})
BY_NAME = frozenset({"vars", "secrets"})
"""What is read name by name only, so that it is known what a template reads of it."""
OWN = frozenset({"user", "auth"})
"""What the mapping itself makes, so that it is known what is there."""


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
        self.names = names
        self.plugins = dict(filters or {})
        self.reads = Reads()
        self.problems: list[CompileError] = []
        self._local: list[set[str]] = [set()]

    def problem(self, code: Code, message: str, node: nodes.Node, remedy: str | None = None) -> Run:
        """Notes a problem; a closure to go on with."""
        # Jinja gives some statements no place.
        self.problems.append(CompileError(code, message, node.lineno or 0, remedy))
        return lambda _state: None

    @contextmanager
    def local(self, names: set[str]) -> Iterator[None]:
        """Names that exist inside of a loop."""
        self._local.append(names)
        yield
        self._local.pop()

    def define(self, name: str) -> None:
        """A name that `set` gives."""
        self._local[-1].add(name)

    def is_local(self, name: str) -> bool:
        """Whether a name is one of the template's own."""
        return any(name in names for names in self._local)

    def expression(self, node: nodes.Node) -> Run:
        """A closure that gives the expression's value; raises where that isn't there."""
        with self.reads.strict():
            value = self.loose(node)
        if isinstance(node, nodes.Const | nodes.TemplateData | nodes.Concat | nodes.Compare):
            return value

        def strict(state: State) -> Any:
            found = value(state)
            return run.defined(found) if isinstance(found, Undefined) else found

        return strict

    def text(self, node: nodes.Node) -> Run:
        """A closure for what becomes text, which says itself what it can't take."""
        with self.reads.strict():
            return self.loose(node)

    def condition(self, node: nodes.Node) -> Run:
        """A closure that gives whether a condition holds."""
        with self.reads.deciding(), self.reads.strict():
            value = self.loose(node)
        return lambda state: run.truth(value(state))

    def loose(self, node: nodes.Node) -> Run:
        """A closure that may give an Undefined, for what can do without."""
        maker = getattr(self, f"_{type(node).__name__.lower()}", None)
        if maker is None:
            return self.problem(codes.FORBIDDEN, f"templates have no {type(node).__name__.lower()}", node)
        made: Run = maker(node)
        return made

    # Names, and what is below them

    def _const(self, node: nodes.Const) -> Run:
        value = node.value
        return lambda _state: value

    def _templatedata(self, node: nodes.TemplateData) -> Run:
        data = node.data
        return lambda _state: data

    def _name(self, node: nodes.Name) -> Run:
        if node.name in BY_NAME & self.names and not self.is_local(node.name):
            return self.problem(codes.FORBIDDEN, f"`{node.name}` is read name by name: {node.name}.x", node)
        return self._named(node)

    def _named(self, node: nodes.Name) -> Run:
        name = node.name
        if self.is_local(name):
            return lambda state: state.local.get(name, Undefined(name))
        if name == "omit":
            return lambda _state: OMIT
        if name not in self.names:
            known = sorted(self.names | ALWAYS)
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            message = f"{name} is no name that this template can see"
            return self.problem(codes.UNKNOWN_NAME, message, node, f"{hint}In scope here: {', '.join(known)}.")
        self.reads.names.add(name)
        if name == "now":
            self.reads.timed = True

        def read(state: State) -> Any:
            return state.scope[name] if name in state.scope else Undefined(name)

        return read

    def _getattr(self, node: nodes.Getattr) -> Run:
        return self._field(node, node.node, node.attr)

    def _getitem(self, node: nodes.Getitem) -> Run:
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._field(node, node.node, node.arg.value, by_key=True)
        if isinstance(node.arg, nodes.Slice):
            return self._slice(node.node, node.arg)
        base = self.loose(node.node)
        with self.reads.deciding():
            key = self.expression(node.arg)
        what = spelled(node) if isinstance(node.arg, nodes.Const) else "an item"
        return lambda state: run.item(base(state), key(state), what)

    def _field(self, node: nodes.Getattr | nodes.Getitem, owner: nodes.Node, name: str, *, by_key: bool = False) -> Run:
        what = spelled(node)
        self._note_own(node)
        if not isinstance(owner, nodes.Name) or self.is_local(owner.name):
            base = self.loose(owner)
            if by_key:
                return lambda state: run.item(base(state), name, what)
            return lambda state: run.attribute(base(state), name, what)
        self._note(owner.name, name, owner.lineno)
        return self._top(owner, name, what, by_key=by_key)

    def _top(self, owner: nodes.Name, name: str, what: str, *, by_key: bool) -> Run:
        """`record.name`, which most templates are, without a call of its own for each step."""
        base, top = self._named(owner), owner.name
        after = run.item if by_key else run.attribute

        def quick(state: State) -> Any:
            try:
                return state.scope[top][name]  # type: ignore[index]
            except (KeyError, TypeError):
                return after(base(state), name, what)

        return quick if top in self.names else base

    def _note(self, top: str, name: str, offset: int) -> None:
        if top == "record":
            self.reads.column(name, offset)
        elif top == "vars":
            self.reads.variables.add(name)
        elif top == "secrets":
            self.reads.secrets.add(name)

    def _note_own(self, node: nodes.Getattr | nodes.Getitem) -> None:
        root = node.node
        while isinstance(root, nodes.Getattr | nodes.Getitem):
            root = root.node
        if isinstance(root, nodes.Name) and root.name in OWN & self.names and not self.is_local(root.name):
            names = names_of(node)
            if names is not None:
                self.reads.own(names, root.lineno)

    def _slice(self, whole: nodes.Node, part: nodes.Slice) -> Run:
        base = self.expression(whole)
        ends = [None if end is None else self.expression(end) for end in (part.start, part.stop, part.step)]
        return lambda state: run.sliced(base(state), [None if end is None else end(state) for end in ends])

    # Values

    def _list(self, node: nodes.List | nodes.Tuple) -> Run:
        items = [self.expression(one) for one in node.items]
        return lambda state: run.weighed([value for one in items if (value := one(state)) is not OMIT])

    _tuple = _list

    def _dict(self, node: nodes.Dict) -> Run:
        pairs = [(self.expression(pair.key), self.expression(pair.value)) for pair in node.items]
        return lambda state: run.map_of([(key(state), value(state)) for key, value in pairs])

    def _concat(self, node: nodes.Concat) -> Run:
        parts = [self.text(one) for one in node.nodes]
        return lambda state: run.bounded("".join([run.as_text(one(state)) for one in parts]))

    def _add(self, node: nodes.Add) -> Run:
        left, right = self.expression(node.left), self.expression(node.right)
        return lambda state: run.add(left(state), right(state))

    def _sub(self, node: nodes.Sub) -> Run:
        name = self._dashed(node)
        if name is not None:
            owner, key = name
            remedy = f"Write {owner}['{key}']."
            return self.problem(codes.UNKNOWN_NAME, f"{owner}.{key} is a difference", node, remedy)
        return self._binary(node)

    def _dashed(self, node: nodes.Node) -> tuple[str, str] | None:
        """`record.acct-id`, which parses as a difference with an unknown name: owner and name as they were meant."""
        if not isinstance(node, nodes.Sub):
            return None
        right = node.right
        while isinstance(right, nodes.Getattr | nodes.Getitem | nodes.Filter | nodes.Test | nodes.Call):
            inside = right.node
            if not isinstance(inside, nodes.Expr):
                return None
            right = inside
        if not isinstance(right, nodes.Name) or right.name in self.names | ALWAYS or self.is_local(right.name):
            return None
        left = node.left
        if isinstance(left, nodes.Getattr):
            return spelled(left.node), f"{left.attr}-{right.name}"
        inner = self._dashed(left)
        return None if inner is None else (inner[0], f"{inner[1]}-{right.name}")

    def _binary(self, node: nodes.BinExpr) -> Run:
        left, right, sign = self.expression(node.left), self.expression(node.right), str(node.operator)
        return lambda state: run.arithmetic(sign, left(state), right(state))

    _mul = _div = _floordiv = _mod = _pow = _binary

    def _neg(self, node: nodes.Neg) -> Run:
        value = self.expression(node.node)
        return lambda state: -run.number(value(state), "-")

    def _pos(self, node: nodes.Pos) -> Run:
        value = self.expression(node.node)
        return lambda state: run.number(value(state), "+")

    # Conditions

    def _compare(self, node: nodes.Compare) -> Run:
        sides = [node.expr, *(operand.expr for operand in node.ops)]
        self._note_comparison(sides)
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

    def _note_comparison(self, sides: Sequence[nodes.Node]) -> None:
        """Columns beside a number or a boolean: a text never equals one (language, ruling 9)."""
        if any(is_no_text(side) for side in sides):
            for side in sides:
                name = record_field(side)
                if name is not None:
                    self.reads.compared.append((name, side.node.lineno))  # type: ignore[attr-defined]

    def _and(self, node: nodes.And) -> Run:
        test, left, right = self.condition(node.left), self.text(node.left), self._operand(node.right)
        return lambda state: right(state) if test(state) else left(state)

    def _or(self, node: nodes.Or) -> Run:
        test, left, right = self.condition(node.left), self.text(node.left), self._operand(node.right)
        return lambda state: left(state) if test(state) else right(state)

    def _operand(self, node: nodes.Node) -> Run:
        """The value of an operand, refused where it reads like a boolean (commands, ruling 31)."""
        value = self.expression(node)

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

    # Filters, tests and methods

    def _filter(self, node: nodes.Filter) -> Run:
        return calling.filtered(self, node)

    def _test(self, node: nodes.Test) -> Run:
        self._note_comparison([node.node, *node.args])
        return calling.tested(self, node)

    def _call(self, node: nodes.Call) -> Run:
        return calling.called(self, node)
