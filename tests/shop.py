"""A service of the tests' own, so that what Tray demands is seen beside what is sent."""

from typing import Any

from trayimport.sandbox import Readings, Sandbox, ServiceEnvironment

HASTY = Readings(lookup_lag=0.05)
"""The harsher readings, with a lag that commands with the bounds of tests wait for."""


def shop_services(**credentials: Any) -> list[ServiceEnvironment]:
    """The service `shop` 3; further credentials by name with their schemas, all of them optional."""
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["api_token"],
        "properties": {"api_token": {"type": "string", "minLength": 1, "format": "password"}, **credentials},
    }
    user_data = {"type": "object", "properties": {"note": {"type": "string"}}, "additionalProperties": False}
    return [
        ServiceEnvironment("shop", 3, title, "token", ("read", "write"), schema, user_data)
        for title in ("Production", "Staging")
    ]


def shop_tray(**options: Any) -> Sandbox:
    """A Tray with the service `shop`, without a rate limit unless one is given, and with look-ups hardly behind."""
    return Sandbox(options.pop("services", shop_services()), **{"rate": 0, "readings": HASTY, **options})
