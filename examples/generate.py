"""Writes the four exports beside it, the same bytes each time: `python examples/generate.py [FOLDER]`.

Everything is invented. The tokens begin with `demo-` and fit no provider's format, so that no secret scanner takes
them for real ones. They expire after 2090, and no mapping limits their age, so that the examples work for years.
"""

import base64
import csv
import hashlib
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

EXPORTED = "2025-03-03T02:15:00Z"
NAMES = (
    "Bolo", "Żółta Łódź Sp. z o.o.", "株式会社ほしぞら", "Ñandú Viajes", "O'Brien & Daughters", "Fjällräv Logistik AB",
    'Peak "Summit" Gear, Inc.', "Café Zürich GmbH", "Μελίσσι ΑΕ", "Ayşe & Oğulları", "Søster Bryghus", "Вулик ТОВ",
    "Lumen & Lye", "Grange Park Dental", "Tidewater Freight, LLC", "Pão Quente Ltda", "שקד בע\"מ", "한빛 주식회사",
    "Quill and Ink", "Northbound Cycles", "Harrow Street Books", "Oak & Ember", "Delta Nine Robotics", "Kestrel Air",
    "Marlowe Legal LLP", "Sundry Goods Co.", "Vela Optics", "Rook & Pawn", "Hollow Hill Farm", "Pixel Forge 🔨",
)  # fmt: skip
BRANCHES = ("", " Retail", " Labs")
TEAMS = ("HQ", "Support", "Engineering", "Field", "Finance", "Warehouse")
SCOPES = (
    "channels:read,chat:write",
    "channels:history,channels:read,chat:write,users:read",
    "chat:write,team:read,users:read,users:read.email",
)


@dataclass(frozen=True)
class Customer:
    """One of the company's customers; its id is the `externalUserId` in every export."""

    number: int
    id: str
    name: str


def customers() -> list[Customer]:
    """Ninety customers. Ids are digits only, and those of the oldest begin with zeros: they must stay texts."""
    names = [name + branch for branch in BRANCHES for name in NAMES]
    return [
        Customer(number, f"{417 + number:06d}" if number % 15 == 4 else str(100417 + 37 * number), name)
        for number, name in enumerate(names)
    ]


def token(*parts: object, length: int = 24) -> str:
    """An invented token's tail: letters and digits that depend on nothing but `parts`."""
    digest = hashlib.sha256("/".join(str(part) for part in parts).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:length]


def instant(number: int) -> datetime:
    """An expiry after 2090."""
    return datetime(2091, 1, 1, tzinfo=UTC) + timedelta(hours=number, minutes=7 * number)


def slack() -> Iterator[dict[str, str]]:
    """One row per workspace; some tokens rotate, the older ones never expire, some are revoked."""
    for customer in customers():
        for place in range(1 + customer.number % 3 % 2 + (customer.number % 7 == 0)):
            team = f"T{token('team', customer.id, place, length=8).upper()}"
            rotating = (customer.number + place) % 3 != 0
            kind = "demo-xoxe.xoxb" if rotating else "demo-xoxb"
            name = f"{customer.name} {TEAMS[(customer.number + place) % len(TEAMS)]}"
            expires = f"{instant(customer.number):%Y-%m-%d %H:%M:%S}+00" if rotating else ""
            yield {
                "customer_id": customer.id,
                "customer_name": customer.name,
                "team_id": team,
                "team_name": name,
                "bot_token": f"{kind}-{token('slack', team)}",
                "refresh_token": f"demo-xoxe-{token('slack refresh', team)}" if rotating else "",
                "expires_at": expires,
                "scopes": SCOPES[customer.number % len(SCOPES)],
                "status": "revoked" if customer.number % 11 == 5 else "active",
                "exported_at": EXPORTED,
            }


def airtable() -> Iterator[dict[str, Any]]:
    """A document store's dump: nested, ids as numbers, instants as milliseconds, null where nothing is."""
    number = 50_210
    for customer in customers():
        if customer.id.startswith("0"):
            continue
        for place in range(1 + customer.number % 2):
            number += 3
            yield {
                "id": number,
                "customer": {"id": int(customer.id), "name": customer.name},
                "workspace": f"{customer.name} / {TEAMS[(customer.number + 2 * place) % len(TEAMS)]}",
                "airtableUser": f"usr{token('airtable user', number, length=14)}",
                "oauth": {
                    "accessToken": f"demo-oaa-{token('airtable', number)}",
                    "refreshToken": f"demo-oar-{token('airtable refresh', number)}",
                    "expiresAt": int(instant(customer.number).timestamp()) * 1000,
                    "scopes": ["data.records:read", "data.records:write", "schema.bases:read"][: 2 + place],
                },
                "disconnectedAt": "2024-11-30T09:00:00Z" if customer.number % 13 == 6 else None,
                "exportedAt": EXPORTED,
            }


def mailchimp() -> Iterator[dict[str, str]]:
    """One row per Mailchimp login; the data centre hides in the token's last part."""
    for customer in customers():
        for place in range(1 + (customer.number % 4 == 1)):
            login = f"{TEAMS[(customer.number + place) % len(TEAMS)].lower()}-{customer.number}@mail.example"
            yield {
                "account_id": customer.id,
                "account_name": customer.name,
                "login": login,
                "access_token": f"demo-mc-{token('mailchimp', login)}-us{1 + customer.number % 21}",
                "status": "cancelled" if customer.number % 17 == 9 else "active",
                "expires_at": f"{instant(customer.number):%Y-%m-%dT%H:%M:%SZ}",
                "exported_at": EXPORTED,
            }


def netsuite() -> Iterator[dict[str, Any]]:
    """One line per NetSuite account; accounts are digits, roles are numbers here and texts there."""
    for customer in customers():
        for place, suffix in enumerate(("", "_SB1")[: 1 + (customer.number % 3 == 0)]):
            role = (3, 18, 1047)[customer.number % 3]
            # Passwords hold anything, even what looks like a template: data is data.
            twist = ("", "{{ 7 }}", "<Ä>", "100%", "#!'")[customer.number % 5]
            yield {
                "customerId": customer.id,
                "company": customer.name,
                "login": {
                    "email": f"tray-{customer.number}@netsuite.example",
                    "password": f"demo-{twist}{token('netsuite', customer.id, place, length=16)}",
                    "account": f"{customer.number * 7919 + 24011:07d}{suffix}",
                    "role": str(role) if customer.number % 4 == 2 else role,
                },
                "enabled": customer.number % 19 != 8,
                "exportedAt": EXPORTED,
            }


def as_csv(rows: Sequence[dict[str, str]]) -> str:
    """A header and the rows, with the line ends of RFC 4180."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def exports() -> dict[str, str]:
    """Each export's text under its file name."""
    return {
        "slack.csv": as_csv(list(slack())),
        "airtable.json": json.dumps(list(airtable()), ensure_ascii=False, indent=2) + "\n",
        "mailchimp.csv": as_csv(list(mailchimp())),
        "netsuite.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in netsuite()),
    }


def main(folder: Path) -> None:
    """Write all exports into `folder`."""
    for name, text in exports().items():
        (folder / name).write_bytes(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
