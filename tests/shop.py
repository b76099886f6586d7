"""A service of the tests' own, so that what Tray demands is seen beside what is sent."""

from typing import Any

from trayimport.sandbox import Sandbox, ServiceEnvironment


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
    """A Tray with the service `shop`, without a rate limit unless one is given."""
    return Sandbox(options.pop("services", shop_services()), **{"rate": 0, **options})
