"""ID tokens for the differential test: from one seed always the same ones.

A token starts as the right one for its login and is then changed in up to three places.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import changes
from cases import Case
from draft import ISSUER, NOW, Draft
from keys import encode, public

CLIENT = "client"
NONCE = "n-0S6_WzA2Mj"
ACCESS_TOKEN = "SlAV32hkKG"  # noqa: S105
CODE = "Qcb0Orv1zh30vL1MPRsbm"
ACR = ["phr", "phrh"]
BASES = [
    *(("p256", "ES256"), ("p256-other", "ES256"), ("p384", "ES384"), ("p521", "ES512")),
    *(("ed25519", "EdDSA"), ("rsa", "RS256"), ("rsa-other", "RS256"), ("rsa", "RS512")),
    *(("rsa", "PS256"), ("rsa-other", "PS384")),
]


class Login(Draft):
    """An ID token under construction, and what is expected of it."""

    def __init__(self, random: Random) -> None:
        """The right token for some login."""
        super().__init__(random)
        self.key, self.algorithm = random.choice(BASES)
        self.header = {"alg": self.algorithm, "kid": self.key}
        if random.random() < 0.5:
            self.header["typ"] = "JWT"
        self.jwks = [public(self.key, use="sig", alg=self.algorithm)]
        if random.random() < 0.3:
            self.jwks.append(public("rsa-third"))
        self.claims = {
            "iss": ISSUER,
            "sub": "alice",
            "aud": random.choice([CLIENT, [CLIENT]]),
            "exp": NOW + random.choice([60, 3600]),
            "iat": NOW - random.choice([0, 5, 60]),
        }
        self.profile: dict[str, Any] = {
            "profile": "id-token",
            "issuer": ISSUER,
            "client_id": CLIENT,
        }
        if random.random() < 0.3:
            self.profile["algorithms"] = [self.algorithm]
        self.expectations: dict[str, Any] = {}
        self._nonce(random)
        self._channel(random)
        self._strength(random)

    def _nonce(self, random: Random) -> None:
        chance = random.random()
        if chance < 0.65:
            self.expectations["nonce"] = self.claims["nonce"] = NONCE
        elif chance < 0.8:
            self.expectations["without_nonce"] = True
        else:
            self.expectations["any_nonce"] = True
            if random.random() < 0.7:
                self.claims["nonce"] = random.choice(["another", NONCE])

    def _channel(self, random: Random) -> None:
        flow = random.choice(["none", "token", "token", "code id_token", "id_token token"])
        if flow == "none":
            return
        self.expectations["channel"] = "back" if flow == "token" else "front"
        if flow == "code id_token":
            self.expectations["code"] = CODE
            self.claims["c_hash"] = self.half_hash(CODE)
        else:
            self.expectations["access_token"] = ACCESS_TOKEN
            if flow != "token" or random.random() < 0.6:
                self.claims["at_hash"] = self.half_hash(ACCESS_TOKEN)

    def _strength(self, random: Random) -> None:
        if random.random() < 0.3:
            self.expectations["max_age"] = random.choice(["600", "60"])
            self.claims["auth_time"] = NOW - 30
        elif random.random() < 0.3:
            self.claims["auth_time"] = NOW - 5000
            if random.random() < 0.5:
                self.expectations["auth_time_required"] = True
        if random.random() < 0.15:
            self.expectations["acr"] = ACR
        if random.random() < 0.3:
            self.claims["acr"] = random.choice(ACR)
        if random.random() < 0.2:
            self.claims["amr"] = ["pwd", "otp"]
        if random.random() < 0.2:
            self.claims["azp"] = CLIENT

    def half_hash(self, text: str, size: str | None = None) -> str:
        """The left half of the hash, under the token's algorithm."""
        size = size or ("512" if self.algorithm == "EdDSA" else self.algorithm[2:])
        digest = hashlib.new(f"sha{size}", text.encode()).digest()
        return encode(digest[: len(digest) // 2])

    def finish(self, name: str) -> Case:
        """The token and its verification, as a test vector without an expectation."""
        case = super().finish(name)
        del case["policy"]
        return {
            **case,
            "requires": ["profiles"],
            "profile": self.profile,
            "expectations": self.expectations,
        }


Change = Callable[[Login, Random], None]


def nonce(login: Login, random: Random) -> None:
    """Another nonce, or one of an invalid type."""
    login.claims["nonce"] = random.choice(
        [
            *("another", NONCE.lower(), NONCE + " ", NONCE[:-1], "", "\u00e9"),
            *(5, None, True, [NONCE], {"nonce": NONCE}),
        ]
    )
    if random.random() < 0.25:
        del login.claims["nonce"]


def audience(login: Login, random: Random) -> None:
    """Other audiences, with and without an authorized party."""
    login.claims["aud"] = random.choice(
        [
            *("other", CLIENT.upper(), CLIENT + " ", "", [], ["other"], [CLIENT, CLIENT]),
            *([CLIENT, "other"], ["other", CLIENT], [CLIENT, "other"], [CLIENT, 5], 5, None),
            *([[CLIENT]], {CLIENT: True}),
        ]
    )
    if random.random() < 0.15:
        del login.claims["aud"]
    if random.random() < 0.6:
        authorized_party(login, random)


def authorized_party(login: Login, random: Random) -> None:
    """An authorized party, the client or another."""
    login.claims["azp"] = random.choice(
        [CLIENT, CLIENT, "other", CLIENT.upper(), "", 5, None, [CLIENT], {}]
    )


def issuer(login: Login, random: Random) -> None:
    """Another issuer, or one of an invalid type."""
    login.claims["iss"] = random.choice(
        [*("https://other.example", ISSUER + "/", ISSUER.upper(), ""), *([ISSUER], 5, None, {})]
    )
    if random.random() < 0.2:
        del login.claims["iss"]


def subject(login: Login, random: Random) -> None:
    """Another subject, or one of an invalid form or type."""
    login.claims["sub"] = random.choice(
        ["bob", "", "b\u00f6b", "s" * 255, "s" * 256, " ", 5, None, True, ["alice"], {}]
    )
    if random.random() < 0.25:
        del login.claims["sub"]


def hashes(login: Login, random: Random) -> None:
    """Another hash of the access token, the code or the state, or one of an invalid type."""
    name = random.choice(["at_hash", "c_hash", "at_hash", "c_hash", "s_hash"])
    text = {"at_hash": ACCESS_TOKEN, "c_hash": CODE, "s_hash": "state"}[name]
    right = login.half_hash(text)
    login.claims[name] = random.choice(
        [
            *(right, login.half_hash("another"), right + "=", right[:-1], right.upper(), ""),
            *(login.half_hash(text, "256"), login.half_hash(text, "512"), right + " "),
            *(5, None, True, [right], {}),
        ]
    )
    if random.random() < 0.3:
        del login.claims[name]


def authentication(login: Login, random: Random) -> None:
    """Another time of the login, near a limit or of an invalid type."""
    age = int(login.expectations.get("max_age", "600"))
    offset = random.choice(
        [-86400, -age - 31, -age - 30, -age - 29, -age, -age - 30.5, -1, 0, 29, 30, 31, 3600]
    )
    login.claims["auth_time"] = random.choice(
        [
            *(NOW + offset, NOW + offset, NOW + offset, float(NOW + offset), NOW + offset + 0.5),
            *(str(NOW + offset), None, True, [NOW], {}, 0, -1, 1e300),
        ]
    )
    if random.random() < 0.2:
        del login.claims["auth_time"]


def context(login: Login, random: Random) -> None:
    """Another context or method of the login, or one of an invalid type."""
    name, value = random.choice(
        [
            *(("acr", "phr"), ("acr", "0"), ("acr", "PHR"), ("acr", ""), ("acr", 0), ("acr", None)),
            *(("acr", ["phr"]), ("acr", True), ("amr", ["pwd"]), ("amr", []), ("amr", "pwd")),
            *(("amr", [5]), ("amr", None), ("amr", {}), ("amr", True)),
        ]
    )
    login.claims[name] = value
    if random.random() < 0.15:
        login.claims.pop("acr", None)


def dates(login: Login, random: Random) -> None:
    """A date near a limit, in another number format, or of an invalid type."""
    name = random.choice(["exp", "exp", "iat", "iat", "nbf"])
    offset = random.choice(
        [-86400, -3700, -3600, -31, -30, -29, -1, 0, 1, 29, 30, 31, 299, 300, 301, 3600]
    )
    login.claims[name] = random.choice(
        [
            *(NOW + offset, NOW + offset, NOW + offset, NOW + offset, float(NOW + offset)),
            *(NOW + offset + 0.5, str(NOW + offset), None, True, [NOW + 60], {}, 0, -1, 1e300),
        ]
    )
    if random.random() < 0.2:
        login.claims.pop(name)


def kind(login: Login, random: Random) -> None:
    """The type of another kind of token, or an invalid one."""
    login.header["typ"] = random.choice(
        [
            *("JWT", "jwt", "application/jwt", "at+jwt", "application/at+jwt", "logout+jwt"),
            *("dpop+jwt", "secevent+jwt", "id_token", "JOSE", "", "JWT ", 5, None, ["JWT"]),
        ]
    )


def more_claims(login: Login, random: Random) -> None:
    """Claims that a login does not need, some of another kind of token."""
    name, value = random.choice(
        [
            *(("events", {"http://schemas.openid.net/event/backchannel-logout": {}}), ("sid", "s")),
            *(("events", {"https://other.example": {}}), ("events", "x"), ("sid", 5), ("sid", "")),
            *(("jti", "j"), ("jti", 5), ("client_id", CLIENT), ("email", None), ("", "x")),
            *(("cnf", {"jkt": "x"}), ("__proto__", {"aud": CLIENT}), ("_claim_names", {"a": "b"})),
            *(("_claim_sources", "x"), ("nonce_supported", False), ("scope", ["openid"])),
        ]
    )
    login.claims[name] = value


def name_twice(login: Login, random: Random) -> None:
    """A claim that is there twice, or whose name has another case."""
    name = random.choice(["nonce", "aud", "iss", "sub", "exp", "at_hash"])
    value = random.choice([json.dumps(login.claims.get(name, "x")), '"another"', "null", "5"])
    spelled = random.choice([name, name, name.upper(), name.title()])
    member = f'"{spelled}":{value}'.encode()
    if random.random() < 0.5:
        login.claims_edits.append(lambda text: b"{" + member + b"," + text[1:])
    else:
        login.claims_edits.append(lambda text: text[:-1] + b"," + member + b"}")


CHANGES: list[Change] = [
    *(nonce, nonce, nonce, audience, audience, authorized_party, issuer, subject, hashes, hashes),
    *(hashes, authentication, authentication, context, dates, dates, kind, kind, more_claims),
    *(name_twice, changes.payload_text, changes.header_text, changes.header_members),
    *(changes.no_kid, changes.algorithm_name, changes.signature, changes.another_signer),
]


def id_tokens(seed: int, count: int) -> Iterator[Case]:
    """Generates this many cases."""
    random = Random(seed)
    for place in range(count):
        login = Login(random)
        for _ in range(random.choice([0, 1, 1, 1, 1, 2, 2, 3])):
            random.choice(CHANGES)(login, random)
        yield login.finish(f"generated-id-token-{seed}-{place}")
