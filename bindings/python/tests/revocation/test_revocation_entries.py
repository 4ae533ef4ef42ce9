"""The entries of a revocation list: what revokes a token, and what pruning deletes."""

import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from revocation.databases import COLUMNS, Both, Open, Place, token
from signing import ISSUER, NOW
from verijot.replay_list import AsyncReplayList, ReplayList
from verijot.revocation import AsyncRevocationList, RevocationList

KEY = f"{ISSUER} a"


def test_a_token_is_accepted_until_it_is_revoked(revoked: Both) -> None:
    assert revoked(token("mine")) is False
    assert revoked.revoke(token("mine"), "logout") is True
    assert revoked(token("mine")) is True
    assert revoked(token("other")) is False
    assert revoked.revoke(token("mine"), "again") is False


def test_the_first_entry_stays_and_its_expiry_only_moves_later(revoked: Both, place: Place) -> None:
    before = int(time.time())
    revoked.revoke(token("a"), "first")
    [(jti, subject, expires_at, revoked_at, reason)] = place.rows()
    assert (jti, subject, expires_at, reason) == (KEY, "alice", NOW + 600, "first")
    assert before <= revoked_at <= time.time()
    for given, kept in ((NOW, NOW + 600), (NOW + 601, NOW + 601), (None, None), (NOW, None)):
        assert (
            revoked.revoke_by_id("a", subject="x", expires_at=given, reason="x", issuer=ISSUER)
            is False
        )
        assert place.rows() == [(KEY, "alice", kept, revoked_at, "first")]


def test_entries_by_id(revoked: Both, place: Place) -> None:
    revoked.revoke_by_id("a", issuer=ISSUER)
    moment = datetime.fromtimestamp(NOW, UTC) + timedelta(milliseconds=900)
    revoked.revoke_by_id("b", expires_at=moment, subject="x\0y", reason="be\0cause", issuer=ISSUER)
    revoked.revoke_by_id("c", expires_at=1e300, issuer=ISSUER)
    rows = [(jti, subject, expires, reason) for jti, subject, expires, _, reason in place.rows()]
    assert rows == [
        (f"{ISSUER} a", None, None, None),
        (f"{ISSUER} b", "x\ufffdy", NOW, "be\ufffdcause"),
        (f"{ISSUER} c", None, 10**18, None),
    ]
    with pytest.raises(ValueError, match="time zone"):
        revoked.revoke_by_id("d", expires_at=datetime(2030, 1, 1), issuer=ISSUER)  # noqa: DTZ001, that is the mistake


def test_only_expired_tokens_are_pruned(open_list: Open, place: Place) -> None:
    revoked = open_list(place.url, keep_expired=60)
    revoked.migrate()
    for jti, expires_at in (("early", 1000), ("edge", 2000), ("late", 2001), ("endless", None)):
        revoked.revoke_by_id(jti, expires_at=expires_at, issuer=ISSUER)
    for now, pruned in ((1060, 0), (1061, 1), (2060, 0), (2061.9, 1), (2061, 0)):
        assert revoked.prune(now) == pruned
    assert [row[0] for row in place.rows()] == [f"{ISSUER} endless", f"{ISSUER} late"]
    assert revoked.prune() == 1
    assert revoked(token("endless")) is True
    assert revoked(token("late")) is False
    assert revoked.revoke_by_id("late", issuer=ISSUER) is True


@pytest.mark.parametrize("kept", [-1, timedelta(days=-1), float("inf"), float("nan")])
def test_tokens_are_never_pruned_before_they_expire(kept: float | timedelta) -> None:
    for kind in (RevocationList, AsyncRevocationList, ReplayList, AsyncReplayList):
        with pytest.raises(ValueError, match="keep_expired"):
            kind("sqlite://", keep_expired=kept)


@pytest.mark.parametrize("limit", [0, -1, float("inf"), float("nan"), None, True, "2"])
def test_a_time_limit_is_a_number_of_seconds(limit: Any) -> None:
    for kind in (RevocationList, AsyncRevocationList, ReplayList, AsyncReplayList):
        with pytest.raises(ValueError, match="timeout"):
            kind("sqlite://", timeout=limit)


def test_dates_without_end(revoked: Both, place: Place) -> None:
    revoked.revoke_by_id("a", expires_at=float("inf"), issuer=ISSUER)
    revoked.revoke_by_id("b", expires_at=10**400, issuer=ISSUER)
    assert [row[2] for row in place.rows()] == [10**18, 10**18]
    with pytest.raises(ValueError, match="exp must be a number"):
        revoked.revoke_by_id("c", expires_at=float("nan"), issuer=ISSUER)


def test_many_expired_tokens_are_pruned_in_batches(revoked: Both, place: Place) -> None:
    place.execute(
        "WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 2500) "
        "INSERT INTO jwt_revocations (jti, token_expires_at, revoked_at) "
        "SELECT 'old-' || CAST(n AS TEXT), n, 0 FROM count"
    )
    revoked.revoke(token("young"))
    assert revoked.prune(NOW) == 2500
    assert len(place.rows()) == 1


NOISE = "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(250))


IDS = [
    *["", " ", "a", "A", "a ", " a", "a\t", "a\0", "\0", "\0a", "a\0b", "a\0c", "é", "e\u0301"],
    *["ß", "ss", "ﬁ", "fi", "%", "_", "'; DROP TABLE jwt_revocations; --", "\\", "\\x61", "1"],
    *["01", "1.0", "null", ":key", "\ufeffa", "\U0010ffff", "sha256:", "a b", "b a"],
    *["x" * 255, "x" * 256, "x" * 257, NOISE, NOISE + "~"],
]


def test_ids_are_compared_octet_for_octet(revoked: Both) -> None:
    for jti in IDS:
        assert revoked(token(jti)) is False
        assert revoked.revoke(token(jti)) is True
        assert revoked(token(jti)) is True
    for jti in IDS:
        assert revoked.revoke(token(jti)) is False


def test_keys_match_those_of_rust(revoked: Both, place: Place) -> None:
    # The tests of the Rust crate contain the same lines.
    digests = {
        "": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "a b": "c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65",
        "a\0b": "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138",
        "é": "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c",
        "sha256:": "9fd714ce6f63c3b320c944b70e80a5d105fd2f3e2d30ae2fa81370e223f50d07",
    }
    for jti, digest in digests.items():
        place.execute("DELETE FROM jwt_revocations")
        revoked.revoke(token(jti))
        assert [row[0] for row in place.rows()] == [f"{ISSUER} sha256:{digest}"]
    # As the Rust crate writes it.
    place.execute(
        f"INSERT INTO jwt_revocations ({COLUMNS}) "  # noqa: S608
        "VALUES ('5e4c1b1e-8c8e', 'alice', 1700000600, 1700000000, 'logout')"
    )
    assert revoked(token("5e4c1b1e-8c8e")) is True
    assert revoked.revoke(token("5e4c1b1e-8c8e")) is False


def test_entries_are_separate_for_each_issuer(revoked: Both, place: Place) -> None:
    assert revoked.revoke(token("a", iss="https://one.example")) is True
    assert revoked(token("a", iss="https://one.example")) is True
    assert [row[0] for row in place.rows()] == ["https://one.example a"]
    for issuer in ("https://two.example", "https://one.example/", "HTTPS://one.example", "", None):
        assert revoked(token("a", iss=issuer)) is False
    assert revoked.revoke_by_id("a", issuer="https://two.example") is True
    assert revoked.revoke_by_id("a", issuer="https://two.example") is False
    assert revoked(token("a", iss="https://two.example")) is True
    assert revoked(token("a", iss="https://three.example")) is False


def test_an_entry_without_issuer_matches_every_issuer(revoked: Both, place: Place) -> None:
    assert revoked.revoke(token("a", iss="https://one.example")) is True
    assert revoked.revoke_by_id("a", issuer=None) is True
    for issuer in ("https://one.example", "https://two.example", "", None):
        assert revoked(token("a", iss=issuer)) is True
    # False, because it was revoked already; but it gets its own entry with its own expiry.
    assert revoked.revoke(token("a", iss="https://two.example")) is False
    assert revoked.revoke(token("a", iss=None)) is False
    keys = sorted(row[0] for row in place.rows())
    assert keys == ["a", "https://one.example a", "https://two.example a"]
    place.execute("DELETE FROM jwt_revocations WHERE jti = 'a'")
    assert revoked(token("a", iss="https://two.example")) is True
    assert revoked(token("a", iss="https://three.example")) is False


def test_the_issuer_is_a_required_argument(revoked: Both) -> None:
    with pytest.raises(TypeError, match="issuer"):
        revoked.revoke_by_id("a")


def test_a_token_without_id_is_an_error(revoked: Both) -> None:
    with pytest.raises(ValueError, match="jti"):
        revoked(token(None))
    with pytest.raises(ValueError, match="jti"):
        revoked.revoke(token(None))


def test_the_table_matches_that_of_rust(open_list: Open, place: Place) -> None:
    """The files are symbolic links in a checkout, and copies in a wheel."""
    folder = Path(__file__).parents[3] / "revocation" / "migrations"
    dialect = "sqlite" if place.url.startswith("sqlite") else "postgres"
    script = (folder / dialect / "0001_jwt_revocations.sql").read_text()
    for statement in script.split(";\n"):
        if statement.strip():
            place.execute(statement)
    revoked = open_list(place.url)
    revoked.migrate()
    assert revoked.revoke(token("a"), "logout") is True
    assert revoked(token("a")) is True
