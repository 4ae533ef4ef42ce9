"""What can be wrong, or only unusual, with a token of the differential test.

Each function changes one thing about a draft; which way is drawn from the test's seed.
"""

import hmac
import json
from collections.abc import Callable
from random import Random
from typing import Any

from draft import AUDIENCE, ISSUER, NOW, Draft
from keys import KEYS, ORDERS, decode, encode, modulus, pkcs1, pss, public, rsa, sign


def dates(draft: Draft, random: Random) -> None:
    """A date near a limit, in any number format or in none."""
    offset = random.choice([-86400, -3600, -31, -30, -29, -1, 0, 1, 29, 30, 31, 3600])
    claim = random.choice(["exp", "exp", "nbf", "iat"])
    draft.claims[claim] = random.choice(
        [
            NOW + offset,
            NOW + offset,
            NOW + offset,
            float(NOW + offset),
            NOW + offset + 0.5,
            str(NOW + offset),
            *(None, True, [NOW + 60], {}, 0, -1, 1e300, -1e300, 2**63, 2**64 + 1),
        ]
    )
    if random.random() < 0.1:
        number = random.choice(
            ["17e8", "1.7E+9", "1e400", "-0", "1700000000.0001", "01", "+1", "NaN"]
        )
        old = json.dumps(draft.claims[claim], separators=(",", ":"))
        spelled = f'"{claim}":{old}'.encode()
        draft.claims_edits.append(
            lambda text: text.replace(spelled, f'"{claim}":{number}'.encode())
        )


def audience(draft: Draft, random: Random) -> None:
    """Another audience, or one of an invalid type."""
    draft.claims["aud"] = random.choice(
        [
            *("https://other.example", AUDIENCE + "/", AUDIENCE.upper(), AUDIENCE[:-1], ""),
            *([], ["https://other.example"], [AUDIENCE, AUDIENCE], [[AUDIENCE]], [AUDIENCE, 5]),
            *([AUDIENCE, None], {AUDIENCE: True}, 5, None, True, f"{AUDIENCE} {AUDIENCE}"),
        ]
    )
    if random.random() < 0.2:
        del draft.claims["aud"]


def issuer(draft: Draft, random: Random) -> None:
    """Another issuer, or one of an invalid type."""
    draft.claims["iss"] = random.choice(
        [
            *("https://other.example", ISSUER + "/", ISSUER.upper(), ISSUER[:-1], ""),
            *([ISSUER], {"iss": ISSUER}, 5, None, False, ISSUER + "\x00"),
        ]
    )
    if random.random() < 0.2:
        del draft.claims["iss"]


def other_claims(draft: Draft, random: Random) -> None:
    """Claims that the policy does not need."""
    claim = random.choice(["sub", "jti", "nonce", "tenant", "typ", "cnf", "", "__proto__"])
    draft.claims[claim] = random.choice(
        ["x", "", 5, 1.5, None, True, [], ["x"], {}, {"a": {"b": [1]}}, "\u2028", "😀", 2**70]
    )


def payload_text(draft: Draft, random: Random) -> None:
    """Unusual or invalid JSON."""
    draft.claims_edits.append(_text_edit(random))


def header_text(draft: Draft, random: Random) -> None:
    """The same for the header."""
    draft.header_edits.append(_text_edit(random))


def _text_edit(random: Random) -> Callable[[bytes], bytes]:
    depth = random.choice([5, 30, 31, 32, 33, 60])
    added = random.choice(
        [
            *(b'"x":1', b'"x":1,"x":2', b'"x":{"a":1,"a":1}', b'"x":"\\ud800"', b'"x":"\\u00e9"'),
            *(b'"x":"\\ud83d\\ude00"', b'"x":NaN', b'"x":01', b'"x":1.', b'"x":1e400', b'"x":-0'),
            *(
                b'"x":"\t"',
                b'"x":"\xff"',
                b'"x":"\xc0\xaf"',
                b'"x":"\xed\xa0\x80"',
                b'"x":undefined',
            ),
            *(
                b'"x":[1,]',
                b"'x':1",
                b'"x":/**/1',
                b'"alg":"none"',
                b'"exp":1',
                b'"\\u0061lg":"RS256"',
            ),
            b'"x":' + b"[" * depth + b"]" * depth,
            b'"x":' + b'{"a":' * depth + b"1" + b"}" * depth,
        ]
    )
    whole: list[Callable[[bytes], bytes]] = [
        lambda text: b" \n\t\r" + text + b"\n ",
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text + b"x",
        lambda text: text + b"\x00",
        lambda text: text + text,
        lambda text: b"[" + text + b"]",
        lambda text: text[:-1],
        lambda text: text.decode("utf-8", "replace").encode("utf-16-le"),
        lambda _: b"",
        lambda _: b"null",
        lambda text: text.replace(b":", b" : ").replace(b",", b"\n,\t"),
        lambda text: text.replace(b'"iss"', b'"\\u0069ss"').replace(b'"kid"', b'"\\u006bid"'),
        lambda text: b"\x0c" + text,
    ]
    if random.random() < 0.3:
        return random.choice(whole)
    if random.random() < 0.5:
        return lambda text: b"{" + added + b"," + text[1:]
    return lambda text: text[:-1] + b"," + added + b"}"


def header_members(draft: Draft, random: Random) -> None:
    """Members of the header, with or without a meaning."""
    name, value = random.choice(
        [
            *(("kid", "unknown"), ("kid", draft.key + " "), ("kid", draft.key.upper())),
            *(("kid", 5), ("kid", None), ("kid", [draft.key]), ("kid", ""), ("kid", {})),
            *(("typ", "logout+jwt"), ("typ", "JOSE"), ("typ", 5), ("typ", None), ("typ", "JWT ")),
            *(("cty", "JWT"), ("cty", 5), ("x", 1), ("x", {"y": []}), ("url", "u"), ("enc", "A")),
            *(("crit", ["exp"]), ("crit", []), ("crit", None), ("crit", "exp"), ("crit", ["b64"])),
            *(("crit", ["alg"]), ("b64", True), ("b64", False), ("zip", "DEF"), ("nonce", "n")),
            *(
                ("jwk", public("p256-third")),
                ("jku", "https://attacker.example"),
                ("x5c", ["AA=="]),
            ),
            *(("jwk", 5), ("x5u", None), ("x5t", "AAAA"), ("x5t#S256", False), ("p2c", 2**40)),
        ]
    )
    draft.header[name] = value
    if name == "crit" and random.random() < 0.5:
        draft.header.update({"exp": 1, "b64": random.choice([True, False])})


def no_kid(draft: Draft, _: Random) -> None:
    """The header has no kid."""
    draft.header.pop("kid", None)


def algorithm_name(draft: Draft, random: Random) -> None:
    """The header names another algorithm than the one that signed."""
    draft.header["alg"] = random.choice(
        [
            *("none", "None", "HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"),
            *("RS512", "ES256K", "Ed448", "RSA-OAEP", "", None, 5, ["ES256"]),
            *(draft.algorithm.lower(), draft.algorithm + " "),
        ]
    )


def encoding(draft: Draft, random: Random) -> None:
    """Invalid base64url; the token is signed again if possible."""
    place = random.choice([0, 1, 2, 2])
    kind = random.choice(["pad", "one", "bits", "space", "newline", "plus", "more", "inner", "ff"])

    def edit(token: str) -> str:
        segments = token.split(".")
        if place >= len(segments) or not segments[place]:
            return token
        segments[place] = _misspell(segments[place], kind)
        if place < 2 and len(segments) == 3:
            message = ".".join(segments[:2]).encode("utf-8")
            segments[2] = encode(sign(draft.key, draft.algorithm, message, random))
        return ".".join(segments)

    draft.token_edits.append(edit)


def _misspell(text: str, kind: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    match kind:
        case "pad":
            return text + "=" * (-len(text) % 4)
        case "one":
            return text + "="
        case "bits" if len(text) % 4 and text[-1] in alphabet:
            return text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]
        case "space":
            return text + " "
        case "newline":
            return text + "\n"
        case "plus":
            return text.replace("-", "+").replace("_", "/")
        case "more":
            return text + "A"
        case "inner":
            return text[: len(text) // 2] + "\n" + text[len(text) // 2 :]
        case "ff":
            return text + "\u00ff"
        case _:
            return text


def structure(draft: Draft, random: Random) -> None:
    """Too many or too few segments, or other text around them."""
    draft.token_edits.append(
        random.choice(
            [
                lambda token: token + ".",
                lambda token: "." + token,
                lambda token: token.rpartition(".")[0],
                lambda token: token.rpartition(".")[0] + ".",
                lambda token: token.replace(".", "..", 1),
                lambda token: token + "..",
                lambda token: " " + token,
                lambda token: token + "\n",
                lambda token: "Bearer " + token,
                lambda token: json.dumps({"token": token}),
                lambda token: token + "." + token,
                lambda token: token + "AAAA" * 4000,
            ]
        )
    )


def signature(draft: Draft, random: Random) -> None:
    """A changed signature."""

    def edit(token: str) -> str:
        front, _, last = token.rpartition(".")
        try:
            octets = bytearray(decode(last))
        except ValueError:
            return token
        change = random.choice(
            ["flip", "shorten", "append", "prepend", "zeros", "nothing", "reverse"]
        )
        if not octets:
            return token
        match change:
            case "flip":
                octets[random.randrange(len(octets))] ^= 1 << random.randrange(8)
            case "shorten":
                octets.pop()
            case "append":
                octets.append(0)
            case "prepend":
                octets.insert(0, 0)
            case "zeros":
                octets = bytearray(len(octets))
            case "nothing":
                octets.clear()
            case _:
                octets.reverse()
        return f"{front}.{encode(bytes(octets))}"

    draft.token_edits.append(edit)


def crafted_signature(draft: Draft, random: Random) -> None:
    """A signature that only a wrong or a lenient verifier accepts, or that looks like one."""
    key, algorithm = draft.key, draft.algorithm

    def make(message: bytes) -> bytes:
        genuine = sign(key, algorithm, message, random)
        match algorithm[:2]:
            case "ES" if algorithm == "ES256":
                return random.choice(_ecdsa_forgeries(genuine))
            case "Ed":
                s = int.from_bytes(genuine[32:], "little") + ORDERS["Ed25519"]
                return genuine[:32] + s.to_bytes(32, "little")
            case "RS":
                return random.choice(_pkcs1_forgeries(key, algorithm, message, genuine))
            case "PS":
                salt = random.randbytes(random.choice([0, 20, 32, 48, 64]))
                return rsa(key, pss(key, message, algorithm[2:], salt))
            case "HS":
                return genuine[: len(genuine) // 2]
            case _:
                return genuine

    draft.signer = make


def _ecdsa_forgeries(genuine: bytes) -> list[bytes]:
    r, s, order = genuine[:32], genuine[32:], ORDERS["P-256"]
    return [
        # The other s is valid too: RFC 7518 §3.4 does not require a low one.
        r + (order - int.from_bytes(s, "big")).to_bytes(32, "big"),
        order.to_bytes(32, "big") * 2,
        b"\x00" * 31 + b"\x01" + s,
        b"\x30\x44\x02\x20" + r + b"\x02\x20" + s,
    ]


def _pkcs1_forgeries(key: str, algorithm: str, message: bytes, genuine: bytes) -> list[bytes]:
    padded = pkcs1(key, message, algorithm[2:])
    too_large = int.from_bytes(genuine, "big") + modulus(key)
    return [
        rsa(key, b"\x00\x02" + padded[2:]),
        rsa(key, padded.replace(b"\xff", b"\xfe", 1)),
        too_large.to_bytes(len(genuine) + 1, "big"),
    ]


def confusion(draft: Draft, random: Random) -> None:
    """HMAC with a text that everyone knows."""
    jwk = draft.jwks[0] if draft.jwks else {}
    secret = random.choice(
        [json.dumps(jwk), str(jwk.get("n", "")), str(jwk.get("x", "")), draft.key, ""]
    ).encode()
    draft.header["alg"] = "HS256"
    draft.policy["symmetric_keys"] = True
    draft.policy.pop("algorithms", None)
    draft.signer = lambda message: hmac.digest(secret, message, "sha256")


def another_signer(draft: Draft, random: Random) -> None:
    """Signed by a key of the same kind that is not in the set."""
    kind = {"p256": "p256-third", "rsa": "rsa-third", "ed25519": "ed25519-other"}
    draft.key = kind.get(draft.key, draft.key)
    if random.random() < 0.2:
        draft.jwks = draft.jwks[1:]


def key_members(draft: Draft, random: Random) -> None:
    """Members of the key that restrict its use or make it unusable."""
    jwk = draft.jwks[0] if draft.jwks else {}
    name, value = random.choice(
        [
            *(("use", "enc"), ("use", "SIG"), ("use", "sig"), ("key_ops", ["sign"])),
            *(("key_ops", ["verify"]), ("key_ops", ["sign", "verify"]), ("key_ops", [])),
            *(("alg", "RS256"), ("alg", "ES256"), ("alg", "none"), ("alg", "RSA-OAEP")),
            *(("alg", draft.algorithm), ("kid", "another"), ("ext", True), ("x5t", "AAAA")),
            *(("x", 1), ("iat", NOW)),
        ]
    )
    if name != "x" or name not in jwk:
        jwk[name] = value


def key_set(draft: Draft, random: Random) -> None:
    """Other keys of the set: twins, unrelated, weak and broken ones."""
    first = draft.jwks[0] if draft.jwks else {}

    def same_kid(name: str) -> Any:
        return public(name, kid=first.get("kid"))

    added = random.choice(
        [
            *(same_kid("p256-fourth"), same_kid("rsa-third"), same_kid("ed25519-other"), first),
            *(public("rsa-1024"), public("p256-fifth"), {"kty": "AKP", "kid": "a", "pub": "AAAA"}),
            *({"kty": "EC", "kid": "b", "crv": "secp256k1", "x": "AA", "y": "AA"}, {"kid": "c"}),
            *({"kty": "OKP", "kid": "d", "crv": "X25519", "x": KEYS["x25519"]["x"]},),
        ]
    )
    draft.jwks.insert(random.choice([0, len(draft.jwks)]), added)


def key_material(draft: Draft, random: Random) -> None:
    """The key itself, in another spelling or damaged."""
    jwk = draft.jwks[0] if draft.jwks else {}
    if random.random() < 0.3:
        weak = random.choice([("rsa-1024", "RS256"), ("rsa-e3", "RS256"), ("hmac-31", "HS256")])
        draft.key, draft.algorithm = weak
        draft.header["alg"] = draft.algorithm
        draft.jwks = [public(draft.key)]
        draft.header["kid"] = draft.key
        draft.policy["symmetric_keys"] = draft.algorithm.startswith("HS")
        draft.policy.pop("algorithms", None)
        return
    member = {"RSA": "n", "EC": "x", "OKP": "x", "oct": "k"}.get(str(jwk.get("kty")), "x")
    if member not in jwk:
        return
    octets = decode(jwk[member])
    match random.choice(["prepend", "pad", "shorten", "private", "flip"]):
        case "prepend":
            jwk[member] = encode(b"\x00" + octets)
        case "pad":
            jwk[member] += "=" * (-len(jwk[member]) % 4)
        case "shorten":
            jwk[member] = encode(octets[:-1])
        case "private" if "d" in KEYS[draft.key]:
            jwk["d"] = KEYS[draft.key]["d"]
        case _:
            jwk[member] = encode(octets[:-1] + bytes([octets[-1] ^ 1]))


def policies(draft: Draft, random: Random) -> None:
    """Another policy."""
    change: Callable[[dict[str, Any]], None] = random.choice(
        [
            lambda policy: policy.update(issuers=["https://a.example"]),
            lambda policy: policy.update(audiences=["https://other.example", "https://b.example"]),
            lambda policy: policy.update(issuers=None),
            lambda policy: policy.update(audiences=None),
            lambda policy: policy.update(algorithms=["ES256", "RS256"]),
            lambda policy: policy.update(algorithms=["HS256"]),
            lambda policy: policy.update(required_claims=["nbf"]),
            lambda policy: policy.update(required_claims=["sub"]),
            lambda policy: policy.update(require_exp=False),
        ]
    )
    change(draft.policy)
    if random.random() < 0.3:
        draft.claims.pop("exp", None)


CHANGES = [
    *(dates, dates, audience, issuer, other_claims, payload_text, header_text, header_members),
    *(header_members, no_kid, algorithm_name, encoding, structure, signature, crafted_signature),
    *(confusion, another_signer, key_members, key_members, key_set, key_material, policies),
]
