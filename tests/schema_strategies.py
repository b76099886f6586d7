"""Random schemas, and values that have a chance of matching them."""

from typing import Any

from hypothesis import strategies as st

names = st.sampled_from(["a", "b", "ab", "x1"])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from([0.5, 1.0, -2.0, 0.1, 0.3])
    | names
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def schemas() -> st.SearchStrategy[Any]:
    types = st.sampled_from(["null", "boolean", "object", "array", "number", "integer", "string"])
    leaf = st.fixed_dictionaries(
        {},
        optional={
            "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
            "enum": st.lists(values, min_size=1, max_size=3),
            "const": values,
            "minimum": st.integers(-3, 3),
            "exclusiveMaximum": st.integers(-3, 3) | st.just(0.5),
            "multipleOf": st.sampled_from([1, 2, 0.5, 0.1]),
            "minLength": st.integers(0, 3),
            "maxLength": st.integers(0, 3),
            "pattern": st.sampled_from(["^a", "b$", r"^\d+$", "(?=a)."]),
            "minItems": st.integers(0, 2),
            "uniqueItems": st.booleans(),
            "required": st.lists(names, max_size=2, unique=True),
            "maxProperties": st.integers(0, 2),
            "dependentRequired": st.dictionaries(names, st.lists(names, max_size=2, unique=True), max_size=2),
            "format": st.just("email"),
        },
    )
    return st.recursive(
        leaf | st.booleans(),
        lambda inner: (
            st.fixed_dictionaries(
                {},
                optional={
                    "properties": st.dictionaries(names, inner, max_size=3),
                    "patternProperties": st.dictionaries(st.sampled_from(["^a", "1$"]), inner, max_size=2),
                    "additionalProperties": inner,
                    "items": inner,
                    "prefixItems": st.lists(inner, min_size=1, max_size=2),
                    "allOf": st.lists(inner, min_size=1, max_size=2),
                    "anyOf": st.lists(inner, min_size=1, max_size=2),
                    "oneOf": st.lists(inner, min_size=1, max_size=2),
                    "not": inner,
                    "if": inner,
                    "then": inner,
                    "else": inner,
                    "contains": inner,
                    "propertyNames": inner,
                    "unevaluatedProperties": inner,
                    "unevaluatedItems": inner,
                    "dependentSchemas": st.dictionaries(names, inner, max_size=2),
                    "required": st.lists(names, max_size=2, unique=True),
                },
            )
            | leaf
        ),
        max_leaves=6,
    )
