"""What a node of Jinja's tree is, as messages and checks name it."""

from jinja2 import nodes


def spelled(node: nodes.Node) -> str:
    """An expression in messages: names and constants of the template only (language, ruling 15)."""
    if isinstance(node, nodes.Getattr):
        return f"{spelled(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        return f"{spelled(node.node)}[{node.arg.value!r}]" if isinstance(node.arg, nodes.Const) else "an item"
    return node.name if isinstance(node, nodes.Name) else "the value"


def record_field(node: nodes.Node) -> str | None:
    """`x` of exactly `record.x` or `record['x']`."""
    if not isinstance(node, nodes.Getattr | nodes.Getitem) or not isinstance(node.node, nodes.Name):
        return None
    if node.node.name != "record":
        return None
    if isinstance(node, nodes.Getattr):
        return str(node.attr)
    return node.arg.value if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str) else None


def is_no_text(node: nodes.Node) -> bool:
    """A literal number or boolean, or a list with one in it."""
    if isinstance(node, nodes.Neg | nodes.Pos):
        node = node.node
    if isinstance(node, nodes.List | nodes.Tuple):
        return any(map(is_no_text, node.items))
    return isinstance(node, nodes.Const) and isinstance(node.value, bool | int | float)
