"""What a node of Jinja's tree is, as messages and checks name it."""

from jinja2 import nodes


def spelled(node: nodes.Node) -> str:
    """An expression in messages: names and constants of the template only (language, ruling 15)."""
    if isinstance(node, nodes.Getattr):
        return f"{spelled(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        return f"{spelled(node.node)}[{node.arg.value!r}]" if isinstance(node.arg, nodes.Const) else "an item"
    return node.name if isinstance(node, nodes.Name) else "the value"


def names_of(node: nodes.Node) -> tuple[str, ...] | None:
    """`("auth", "userData", "x")` of `auth.userData.x` or `auth['userData'].x`; None where it isn't names alone."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        name = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        name = node.arg.value
    else:
        return None
    before = names_of(node.node)
    return None if before is None else (*before, name)


def record_field(node: nodes.Node) -> str | None:
    """`x` of exactly `record.x` or `record['x']`."""
    names = names_of(node)
    return names[1] if names is not None and len(names) == 2 and names[0] == "record" else None


def is_no_text(node: nodes.Node) -> bool:
    """A literal number or boolean, or a list with one in it."""
    if isinstance(node, nodes.Neg | nodes.Pos):
        node = node.node
    if isinstance(node, nodes.List | nodes.Tuple):
        return any(map(is_no_text, node.items))
    return isinstance(node, nodes.Const) and isinstance(node.value, bool | int | float)
