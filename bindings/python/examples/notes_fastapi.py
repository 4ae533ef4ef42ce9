"""A whole service with bearer tokens: profiles and notes that only their owner can read.

VERIJOT_ISSUER=https://issuer.example VERIJOT_AUDIENCE=notes uvicorn notes_fastapi:app

The `VERIJOT_…` variables say which tokens are accepted and where the keys are. `DATABASE_URL`
(`sqlite:////path/to/file.db` or `postgresql://…`) has the list of revoked tokens, in which every
request's token is looked up; without it no token is revoked. `NOTES_DATABASE` is the file for
everything else (`notes.db`).
"""

import logging
import os
import sqlite3
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, closing
from secrets import token_hex
from typing import Annotated, NamedTuple

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, status
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from verijot import JwksClient, LifetimeClasses, VerifiedToken
from verijot.fastapi import Bearer
from verijot.revocation import AsyncRevocationList, RevocationListError

client = JwksClient.from_environment(
    types="at+jwt",
    required_claims=["iss", "sub", "jti"],
    # The claim `track` names the class of user. A token without it is a guest's.
    max_lifetime_by=LifetimeClasses(
        "track", {"staff": 12 * 3600, "member": 8 * 3600, "partner": 4 * 3600}, default=3600
    ),
)
revoked = AsyncRevocationList(os.environ["DATABASE_URL"]) if "DATABASE_URL" in os.environ else None
reader = Bearer(client, revoked=revoked)
writer = reader.requires(scopes=["notes:write"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
    """Creates the tables. Requests are refused until the revocation list's database responds."""
    with closing(sqlite3.connect(FILE)) as connection:
        connection.executescript(TABLES)
    if revoked is not None:
        try:
            await revoked.migrate()
        except RevocationListError:
            logging.getLogger("uvicorn.error").exception("the revocation list is unavailable")
    yield
    if revoked is not None:
        await revoked.aclose()
    await client.aclose()


def connection() -> Iterator[sqlite3.Connection]:
    """Opens a connection for one request. Commits its changes unless the request raises."""
    with (
        closing(sqlite3.connect(FILE, timeout=2, check_same_thread=False)) as connection,
        connection,
    ):
        yield connection


class Owner(NamedTuple):
    """The user of a token. A `sub` is unique only within its issuer (RFC 7519 §4.1.2)."""

    issuer: str
    subject: str


def reading(token: Annotated[VerifiedToken, Depends(reader)]) -> Owner:
    """Returns the user whose data a request reads. The policy requires both claims."""
    return Owner(token.issuer or "", token.subject or "")


def writing(token: Annotated[VerifiedToken, Depends(writer)]) -> Owner:
    """Returns the user whose data a request changes. The token must have the scope."""
    return reading(token)


Reader = Annotated[Owner, Depends(reading)]
Writer = Annotated[Owner, Depends(writing)]
# Of the scope "function": changes are committed before the response says that they are made.
Database = Annotated[sqlite3.Connection, Depends(connection, scope="function")]


class Profile(BaseModel):
    """The name that a user chose."""

    display_name: str


class NewNote(BaseModel):
    """A note as the client sends it."""

    text: str


class Note(NewNote):
    """A note."""

    id: str


app = FastAPI(lifespan=lifespan)


@app.exception_handler(sqlite3.Error)
async def unavailable(_: Request, __: Exception) -> Response:
    """Responds with 503 if the database fails."""
    return JSONResponse({"detail": "storage_unavailable"}, 503, {"Retry-After": "1"})


@app.get("/health")
async def health() -> dict[str, str]:
    """For monitoring. An outage of another service is no reason to restart this one."""
    return {"status": "ok"}


@app.get("/me")
async def me(owner: Reader) -> dict[str, str]:
    """Returns the token's subject."""
    return {"subject": owner.subject}


@app.get("/profile")
def read_profile(owner: Reader, database: Database) -> Profile:
    """Returns the caller's profile, or 404."""
    query = "SELECT display_name FROM profiles WHERE issuer = ? AND subject = ?"
    [name] = database.execute(query, owner).fetchone() or not_found()
    return Profile(display_name=name)


@app.put("/profile")
def write_profile(owner: Writer, database: Database, profile: Profile) -> Profile:
    """Creates or replaces the caller's profile."""
    database.execute("REPLACE INTO profiles VALUES (?, ?, ?)", [*owner, profile.display_name])
    return profile


@app.delete("/profile", status_code=status.HTTP_204_NO_CONTENT)
def delete_profile(owner: Writer, database: Database) -> None:
    """Deletes the caller's profile, if there is one."""
    database.execute("DELETE FROM profiles WHERE issuer = ? AND subject = ?", owner)


@app.get("/notes")
def list_notes(owner: Reader, database: Database) -> list[Note]:
    """Returns the caller's notes, the oldest first."""
    query = "SELECT id, text FROM notes WHERE issuer = ? AND subject = ? ORDER BY rowid"
    return [Note(id=name, text=text) for name, text in database.execute(query, owner)]


@app.post("/notes", status_code=status.HTTP_201_CREATED)
def create_note(owner: Writer, database: Database, note: NewNote) -> Note:
    """Creates a note."""
    created = Note(id=token_hex(16), text=note.text)
    database.execute("INSERT INTO notes VALUES (?, ?, ?, ?)", [created.id, *owner, created.text])
    return created


@app.get("/notes/{name}")
def read_note(owner: Reader, database: Database, name: str) -> Note:
    """Returns a note of the caller. Notes of other users are 404."""
    query = "SELECT text FROM notes WHERE id = ? AND issuer = ? AND subject = ?"
    [text] = database.execute(query, [name, *owner]).fetchone() or not_found()
    return Note(id=name, text=text)


@app.put("/notes/{name}")
def change_note(owner: Writer, database: Database, name: str, note: NewNote) -> Note:
    """Changes the text of a note."""
    change = "UPDATE notes SET text = ? WHERE id = ? AND issuer = ? AND subject = ?"
    _ = database.execute(change, [note.text, name, *owner]).rowcount or not_found()
    return Note(id=name, text=note.text)


@app.delete("/notes/{name}", status_code=status.HTTP_204_NO_CONTENT)
def delete_note(owner: Writer, database: Database, name: str) -> None:
    """Deletes a note."""
    deletion = "DELETE FROM notes WHERE id = ? AND issuer = ? AND subject = ?"
    _ = database.execute(deletion, [name, *owner]).rowcount or not_found()


def not_found() -> tuple[str]:
    """Responds with 404, also for notes of other users."""
    raise HTTPException(status.HTTP_404_NOT_FOUND, "not_found")


FILE = os.environ.get("NOTES_DATABASE", "notes.db")

TABLES = """
CREATE TABLE IF NOT EXISTS profiles (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, display_name TEXT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE TABLE IF NOT EXISTS notes (
    id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS notes_owner ON notes (issuer, subject);
"""

if __name__ == "__main__":
    uvicorn.run(app, port=3000)
