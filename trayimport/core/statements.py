"""`if`, `for` and `set` → closures that add to a text; templates have no other statement (language, ruling 1)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jinja2 import nodes

from trayimport.codes import template as codes
from trayimport.core import runtime as run
from trayimport.core.runtime import State

if TYPE_CHECKING:
    from trayimport.core.expression import Compiler

Step = Callable[[State, list[str]], None]


def block(compiler: "Compiler", body: list[nodes.Node]) -> Step:
    """All statements of a block, in order."""
    steps = [step for node in body for step in _steps(compiler, node)]

    def all_of(state: State, out: list[str]) -> None:
        for step in steps:
            step(state, out)

    return all_of


def _steps(compiler: "Compiler", node: nodes.Node) -> list[Step]:
    if isinstance(node, nodes.Output):
        return [_output(compiler, one) for one in node.nodes]
    if isinstance(node, nodes.If):
        return [_if(compiler, node)]
    if isinstance(node, nodes.For):
        return [_for(compiler, node)]
    if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
        return [_set(compiler, node, node.target.name)]
    compiler.problem(codes.FORBIDDEN, "only if, for and set are statements here", node)
    return []


def _output(compiler: "Compiler", node: nodes.Node) -> Step:
    value = compiler.text(node)

    def write(state: State, out: list[str]) -> None:
        text = run.as_text(value(state))
        state.grow(len(text))
        out.append(text)

    return write


def _if(compiler: "Compiler", node: nodes.If) -> Step:
    branches = [(compiler.condition(one.test), block(compiler, one.body)) for one in (node, *node.elif_)]
    other = block(compiler, node.else_)

    def choose(state: State, out: list[str]) -> None:
        for test, body in branches:
            if test(state):
                body(state, out)
                return
        other(state, out)

    return choose


def _for(compiler: "Compiler", node: nodes.For) -> Step:
    targets = [node.target] if isinstance(node.target, nodes.Name) else getattr(node.target, "items", [])
    if node.recursive or not all(isinstance(one, nodes.Name) for one in targets):
        compiler.problem(codes.FORBIDDEN, "for takes plain names, and is never recursive", node)
    with compiler.reads.deciding():
        source = compiler.expression(node.iter)
    names = [one.name for one in targets if isinstance(one, nodes.Name)]
    with compiler.local({*names, "loop"}):
        test = None if node.test is None else compiler.condition(node.test)
        body = block(compiler, node.body)
    other = block(compiler, node.else_)
    single = isinstance(node.target, nodes.Name)

    def loop(state: State, out: list[str]) -> None:
        items = run.iterate(state, source(state))
        before = state.local
        chosen = []
        for one in items:
            state.local = dict(before)
            _assign(state, names, one, single=single)
            if test is None or test(state):
                chosen.append(one)
        for index, one in enumerate(chosen):
            state.local = dict(before)
            _assign(state, names, one, single=single)
            place = {"index": index + 1, "index0": index, "first": index == 0, "last": index == len(chosen) - 1}
            state.local["loop"] = {**place, "length": len(chosen)}
            body(state, out)
        state.local = before
        if not chosen:
            other(state, out)

    return loop


def _assign(state: State, names: list[str], value: Any, *, single: bool) -> None:
    if single:
        state.local[names[0]] = value
        return
    if not isinstance(value, list | tuple) or len(value) != len(names):
        raise run.fail(codes.BAD_OPERAND, f"for expects items of {len(names)} parts")
    state.local.update(zip(names, value, strict=True))


def _set(compiler: "Compiler", node: nodes.Assign, name: str) -> Step:
    value = compiler.expression(node.node)
    compiler.define(name)

    def put(state: State, _out: list[str]) -> None:
        state.local[name] = value(state)

    return put
