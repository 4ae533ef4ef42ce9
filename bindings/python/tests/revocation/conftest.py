"""Revocation lists on real databases.

SQLite in a file and in memory, and PostgreSQL if VERIJOT_TEST_POSTGRES names a server
(`.ci/with-postgres` starts one).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from revocation.databases import SERVER, Both, Open, Place


def new_postgres(name: str) -> Place:
    if SERVER is None:
        pytest.skip("VERIJOT_TEST_POSTGRES is not set")
    name = f"python_{os.getpid()}_{name}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return Place(SERVER.rpartition("/")[0] + f"/{name}")


_count = 0


@pytest.fixture
def postgres() -> Place:
    global _count  # noqa: PLW0603, names of databases
    _count += 1
    return new_postgres(str(_count))


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return Place(f"sqlite:///{tmp_path}/revocations.db")
    made: Place = request.getfixturevalue("postgres")
    return made


@pytest.fixture(params=["sync", "async"])
def open_list(request: pytest.FixtureRequest) -> Iterator[Open]:
    lists: list[Both] = []

    def open_list(url: str, **options: Any) -> Both:
        lists.append(Both(request.param, url, **options))
        return lists[-1]

    yield open_list
    for each in lists:
        each.stop()


@pytest.fixture
def revoked(open_list: Open, place: Place) -> Both:
    made = open_list(place.url)
    made.migrate()
    return made
