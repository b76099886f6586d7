"""What code scanning needs of a SARIF 2.1.0 log, closed, so that a misspelt property fails."""

from typing import Any


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


TEXT = {"type": "string", "minLength": 1}
MESSAGE = closed(["text"], text=TEXT, markdown=TEXT)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
RULE = closed(
    ["id"],
    id=TEXT,
    name={"type": "string", "pattern": r"^\S+$"},
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=closed(["level"], level=LEVEL),
)
REGION = closed(
    ["startLine"], startLine={"minimum": 1, "type": "integer"}, startColumn={"minimum": 1, "type": "integer"}
)
URI = {"type": "string", "pattern": r"^[A-Za-z0-9._~/%-]+$"}
PLACE = closed(["artifactLocation", "region"], artifactLocation=closed(["uri"], uri=URI, uriBaseId=TEXT), region=REGION)
LOCATION = closed(
    ["physicalLocation"],
    physicalLocation=PLACE,
    logicalLocations={"type": "array", "items": closed(["fullyQualifiedName"], fullyQualifiedName=TEXT)},
)
RESULT = closed(
    ["ruleId", "message", "locations"],
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations={"type": "array", "items": LOCATION, "minItems": 1},
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
)
DRIVER = closed(["name"], name=TEXT, rules={"type": "array", "items": RULE, "uniqueItems": True})
RUN = closed(
    ["tool", "results"],
    tool=closed(["driver"], driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results={"type": "array", "items": RESULT},
    properties={"type": "object"},
)
MINIMUM = closed(
    ["version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={"type": "array", "items": RUN, "minItems": 1},
)
