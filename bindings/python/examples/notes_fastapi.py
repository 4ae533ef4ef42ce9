"""Profiles and notes, each their owner's alone: a whole service behind bearer tokens.

VERIJOT_ISSUER=https://issuer.example VERIJOT_AUDIENCE=notes uvicorn notes_fastapi:app

`VERIJOT_…` says whose tokens are taken and where the keys are. `DATABASE_URL` has the list of
revoked tokens, which every request is looked up in (`sqlite:////path/to/file.db`, `postgresql://…`);
without it there is none. `NOTES_DATABASE` is the file for everything else (`notes.db`).
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
    # The claim `track` says what sort of user a token is for. Every other token is a guest's.
    max_lifetime_by=LifetimeClasses(
        "track", {"staff": 12 * 3600, "member": 8 * 3600, "partner": 4 * 3600}, default=3600
    ),
)
revoked = AsyncRevocationList(os.environ["DATABASE_URL"]) if "DATABASE_URL" in os.environ else None
reader = Bearer(client, revoked=revoked)
writer = reader.requires(scopes=["notes:write"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
    """Creates the tables. Without the list's database requests are refused until it is there."""
    with closing(sqlite3.connect(FILE)) as connection:
        connection.executescript(TABLES)
    if revoked is not None:
        try:
            await revoked.migrate()
        except RevocationListError:
            logging.getLogger("uvicorn.error").exception("no list of revoked tokens")
    yield
    if revoked is not None:
        await revoked.aclose()
    await client.aclose()


def connection() -> Iterator[sqlite3.Connection]:
    """A connection for one request, whose changes are kept if nothing is raised."""
    with (
        closing(sqlite3.connect(FILE, timeout=2, check_same_thread=False)) as connection,
        connection,
    ):
        yield connection


class Owner(NamedTuple):
    """Who a token is for. A `sub` is unique for its issuer only (RFC 7519 §4.1.2)."""

    issuer: str
    subject: str


def reading(token: Annotated[VerifiedToken, Depends(reader)]) -> Owner:
    """Whose data a request reads: whoever its token is for. The policy demands both claims."""
    return Owner(token.issuer or "", token.subject or "")


def writing(token: Annotated[VerifiedToken, Depends(writer)]) -> Owner:
    """The same for a request that changes them, whose token must say that it may."""
    return reading(token)


Reader = Annotated[Owner, Depends(reading)]
Writer = Annotated[Owner, Depends(writing)]
Database = Annotated[sqlite3.Connection, Depends(connection)]


class Profile(BaseModel):
    """How somebody wants to be called."""

    display_name: str


class NewNote(BaseModel):
    """What is sent of a note."""

    text: str


class Note(NewNote):
    """A note."""

    id: str


app = FastAPI(lifespan=lifespan)


@app.exception_handler(sqlite3.Error)
async def unavailable(_: Request, __: Exception) -> Response:
    """The database gave no answer; it will be back."""
    return JSONResponse({"detail": "storage_unavailable"}, 503, {"Retry-After": "1"})


@app.get("/health")
async def health() -> dict[str, str]:
    """For whoever watches the service. An outage elsewhere is no reason to restart it."""
    return {"status": "ok"}


@app.get("/me")
async def me(owner: Reader) -> dict[str, str]:
    """Who the token is for."""
    return {"subject": owner.subject}


@app.get("/profile")
def read_profile(owner: Reader, database: Database) -> Profile:
    """The caller's profile, or 404."""
    query = "SELECT display_name FROM profiles WHERE issuer = ? AND subject = ?"
    [name] = database.execute(query, owner).fetchone() or not_found()
    return Profile(display_name=name)


@app.put("/profile")
def write_profile(owner: Writer, database: Database, profile: Profile) -> Profile:
    """Makes the caller's profile, or another of it."""
    database.execute("REPLACE INTO profiles VALUES (?, ?, ?)", [*owner, profile.display_name])
    return profile


@app.delete("/profile", status_code=status.HTTP_204_NO_CONTENT)
def delete_profile(owner: Writer, database: Database) -> None:
    """Its being gone is what was asked for, whether it was there or not."""
    database.execute("DELETE FROM profiles WHERE issuer = ? AND subject = ?", owner)


@app.get("/notes")
def list_notes(owner: Reader, database: Database) -> list[Note]:
    """The caller's notes, the oldest first."""
    query = "SELECT id, text FROM notes WHERE issuer = ? AND subject = ? ORDER BY rowid"
    return [Note(id=name, text=text) for name, text in database.execute(query, owner)]


@app.post("/notes", status_code=status.HTTP_201_CREATED)
def create_note(owner: Writer, database: Database, note: NewNote) -> Note:
    """A new note."""
    created = Note(id=token_hex(16), text=note.text)
    database.execute("INSERT INTO notes VALUES (?, ?, ?, ?)", [created.id, *owner, created.text])
    return created


@app.get("/notes/{name}")
def read_note(owner: Reader, database: Database, name: str) -> Note:
    """A note of the caller's. Somebody else's is as good as none: 404."""
    query = "SELECT text FROM notes WHERE id = ? AND issuer = ? AND subject = ?"
    [text] = database.execute(query, [name, *owner]).fetchone() or not_found()
    return Note(id=name, text=text)


@app.put("/notes/{name}")
def change_note(owner: Writer, database: Database, name: str, note: NewNote) -> Note:
    """Another text for a note."""
    change = "UPDATE notes SET text = ? WHERE id = ? AND issuer = ? AND subject = ?"
    _ = database.execute(change, [note.text, name, *owner]).rowcount or not_found()
    return Note(id=name, text=note.text)


@app.delete("/notes/{name}", status_code=status.HTTP_204_NO_CONTENT)
def delete_note(owner: Writer, database: Database, name: str) -> None:
    """Deletes a note."""
    deletion = "DELETE FROM notes WHERE id = ? AND issuer = ? AND subject = ?"
    _ = database.execute(deletion, [name, *owner]).rowcount or not_found()


def not_found() -> tuple[str]:
    """What is not the caller's is not there."""
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
