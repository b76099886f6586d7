"""A mapping file → a Mapping, and every problem of it, not the first (design section 3)."""

import hashlib
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MapOf
from dataclasses import replace
from pathlib import Path as FilePath

from trayimport.codes import mapping as codes
from trayimport.core import ignoring
from trayimport.core.building import Build, UnbuildableError
from trayimport.core.compiling import Compiled, Compiler
from trayimport.core.consistency import check_consistency
from trayimport.core.document import Document, parse
from trayimport.core.filters.base import Filter
from trayimport.core.findings import Findings
from trayimport.core.keys import MAPPING
from trayimport.core.literals import check_literals
from trayimport.core.lookalikes import check_lookalikes
from trayimport.core.own_values import check_own_values
from trayimport.core.reading import BAD, Fields, Reader
from trayimport.core.references import Variables, check_references, variables_of
from trayimport.core.spec import Mapping
from trayimport.core.tree import Column, Node, Template, holes
from trayimport.core.yaml_tree import Map, kind_of, plain_json
from trayimport.model import Diagnostic

__all__ = ["read_mapping", "static_columns"]


def read_mapping(
    text: bytes, path: str, file: FilePath, filters: MapOf[str, object] | None = None
) -> tuple[Mapping | None, list[Diagnostic]]:
    """The mapping, or None where an error stands against it, and all findings in the order of the file.

    `path` is what positions show (relative to the working directory, with `/`); `file` is what `source.path` is
    relative to, and is not opened. `filters` are those of plugins. Findings that a comment ignores are left
    out, and are in `Mapping.ignored`. Never raises, whatever `text` is.
    """
    document, diagnostics = parse(text, path)
    if document is None:
        return None, diagnostics
    findings = Findings(diagnostics)
    ignores, notes = ignoring.codes_of(document.ignores, path)
    findings.extend(notes, ())
    mapping = _read(document, findings, Build(path, file, hashlib.sha256(text).hexdigest(), ignores), filters)
    counting, silenced = ignoring.split(findings.all, ignores)
    if mapping is None and not any(one.severity == "error" for one in counting):
        counting, silenced = findings.all, []
    if mapping is not None:
        mapping = None if any(one.severity == "error" for one in counting) else _with(mapping, silenced)
    return mapping, sorted(counting, key=lambda one: (one.at.line, one.at.column))


def _with(mapping: Mapping, silenced: Sequence[Diagnostic]) -> Mapping:
    return replace(mapping, ignored=tuple(silenced))


def _read(document: Document, findings: Findings, build: Build, filters: MapOf[str, object] | None) -> Mapping | None:
    root = document.root
    if not isinstance(root, Map):
        findings.add(codes.WRONG_TYPE, root.at, (), f"a mapping file is a map; this is a {kind_of(root)}")
        return None
    own = {name: one for name, one in (filters or {}).items() if isinstance(one, Filter)}
    compiler = Compiler(findings, own or None)
    fields = Reader(root, findings, compiler).read(MAPPING, root, ())
    if fields is BAD:
        return None
    variables = _variables(root, fields, compiler.compiled)
    _check(root, fields, compiler.compiled, variables, findings)
    try:
        return build.mapping(fields, variables, findings)
    except UnbuildableError:
        return None


def _variables(root: Map, fields: Fields, compiled: Sequence[Compiled]) -> Variables:
    written = root.get("vars")
    names = [entry.key for entry in written.entries] if isinstance(written, Map) else []
    return variables_of(names, compiled, fields.get("when"))


def _check(root: Map, fields: Fields, compiled: Sequence[Compiled], variables: Variables, findings: Findings) -> None:
    """What is known without a record once every key has been read."""
    secrets = root.get("secrets")
    listed = [entry.key for entry in secrets.entries] if isinstance(secrets, Map) else []
    check_references(compiled, variables, listed, findings)
    check_own_values(compiled, fields, findings)
    check_lookalikes(root, findings)
    check_consistency(compiled, fields, listed, findings)
    tokens, schema = fields.get("tokens"), fields.get("schema")
    placeholders = tokens is not None and tokens.get("allow_placeholders") is True
    schemas = {} if schema is None else {name: plain_json(value) for name, value in schema.values.items()}
    check_literals(root, schemas, findings, allow_placeholders=placeholders)


def static_columns(mapping: Mapping) -> list[Column]:
    """Every field of the record that a template of the mapping reads, guarded or not, in the file's order."""
    found = [column for template in _templates(mapping) for column in template.columns]
    return sorted(found, key=lambda column: (column.at.line, column.at.column))


def _templates(mapping: Mapping) -> Iterable[Template]:
    auth, user = mapping.auth, mapping.user
    trees: list[Node | None] = [variable.value for variable in mapping.variables]
    trees += [user.external_user_id, user.name, auth.name, auth.credentials, auth.user_data, auth.scopes]
    for tree in trees:
        if tree is not None:
            yield from (hole.template for _, hole in holes(tree))
    for template in (mapping.when, mapping.key, mapping.tokens.exported_at):
        if template is not None:
            yield template
    yield from (check.that for check in mapping.checks)
