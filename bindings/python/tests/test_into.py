"""Claims as types of the caller, with each library that reads them."""

import subprocess
import sys
import textwrap
import traceback
from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec
import pydantic
import pytest
import typing_extensions
from signing import AUDIENCE, ISSUER, NOW, Mint
from verijot import InvalidClaimError, JwkSet, MissingRequiredClaimError, Verifier


class Model(pydantic.BaseModel):
    sub: str
    level: int = 0


class Struct(msgspec.Struct):
    sub: str
    level: int = 0


@dataclass
class Data:
    sub: str
    level: int = 0


@pydantic.dataclasses.dataclass
class PydanticData:
    sub: str
    level: int = 0


@dataclass
class Mixed:
    sub: str
    model: Model | None = None
    level: int = 0


class Members(TypedDict):
    sub: str
    level: typing_extensions.NotRequired[int]


KINDS: list[Any] = [
    Model,
    Struct,
    Data,
    PydanticData,
    Mixed,
    pydantic.TypeAdapter(Model),
    pydantic.TypeAdapter(Data),
]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_type(kind: Any, verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    token = mint(level=3)
    users: list[Any] = [
        verifier.verify(token, keys, now=NOW, into=kind),
        verifier.open(token).verify(keys, now=NOW, into=kind),
        verifier.verify(token, keys, now=NOW).into(kind),
    ]
    for user in users:
        assert (user.sub, user.level) == ("alice", 3)


def test_a_typed_dict(verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    members = verifier.verify(mint(level=3), keys, now=NOW, into=Members)
    assert members == {"sub": "alice", "level": 3}
    whole: Any = verifier.verify(mint(), keys, now=NOW, into=dict[str, Any])
    assert whole["iss"] == ISSUER


def test_the_types_are_known_to_checkers(verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    model: Model = verifier.verify(mint(), keys, now=NOW, into=Model)
    struct: Struct = verifier.verify(mint(), keys, now=NOW, into=Struct)
    data: Data = verifier.verify(mint(), keys, now=NOW).into(Data)
    members: Members = verifier.verify(mint(), keys, now=NOW, into=Members)
    adapter = pydantic.TypeAdapter(Data)
    adapted: Data = verifier.verify(mint(), keys, now=NOW, into=adapter)
    assert model.sub == struct.sub == data.sub == members["sub"] == adapted.sub


@pytest.mark.parametrize("kind", KINDS)
def test_a_claim_of_another_type(kind: Any, verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    token = mint(level=SECRET_VALUE)
    with pytest.raises(InvalidClaimError) as caught:
        verifier.verify(token, keys, now=NOW, into=kind)
    error = caught.value
    assert (error.code, error.claim, error.http_status) == ("invalid_claim", "level", 401)
    assert error.www_authenticate is not None
    shown = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert SECRET_VALUE not in shown
    assert error.__context__ is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_claim(kind: Any, verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    with pytest.raises(MissingRequiredClaimError) as caught:
        verifier.verify(mint(sub=None), keys, now=NOW, into=kind)
    assert (caught.value.code, caught.value.claim) == ("missing_claim", "sub")


def test_a_nested_claim_of_another_type(verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    class Outer(msgspec.Struct):
        inner: dict[str, list[Struct]]

    class OuterModel(pydantic.BaseModel):
        inner: dict[str, list[Model]]

    token = mint(inner={"a": [{"sub": "x"}, {"level": 1}]})
    for kind in (Outer, OuterModel):
        with pytest.raises(InvalidClaimError) as caught:
            verifier.verify(token, keys, now=NOW, into=kind)
        assert caught.value.claim == "inner"


def test_claims_are_converted_only_after_verification(
    verifier: Verifier, keys: JwkSet, mint: Mint
) -> None:
    class Never(pydantic.BaseModel):
        @pydantic.model_validator(mode="before")
        @classmethod
        def never(cls, _: Any) -> Any:
            raise AssertionError

    with pytest.raises(Exception, match="expired"):
        verifier.verify(mint(exp=1), keys, now=NOW, into=Never)


@pytest.mark.parametrize("kind", [7, "User", [], object()])
def test_values_that_are_not_types(kind: Any, verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    with pytest.raises(TypeError, match="into"):
        verifier.verify(mint(), keys, now=NOW, into=kind)


def test_without_the_libraries(mint: Mint) -> None:
    program = f"""
        import sys
        from dataclasses import dataclass
        sys.modules["msgspec"] = sys.modules["pydantic"] = None
        from verijot import JwkSet, Verifier

        @dataclass
        class Data:
            sub: str

        keys = JwkSet.from_secret(b"a published secret of at least 32 octets", "HS256")
        verifier = Verifier(issuer={ISSUER!r}, audience={AUDIENCE!r})
        token = verifier.verify(sys.argv[1], keys, now={NOW})
        try:
            token.into(Data)
        except TypeError as error:
            print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(program), mint()]
    run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    assert "needs msgspec or pydantic" in run.stdout


def test_libraries_are_imported_only_when_needed() -> None:
    program = "import sys, verijot; print(sorted({'msgspec', 'pydantic'} & set(sys.modules)))"
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    assert run.stdout.strip() == "[]"


SECRET_VALUE = "s3cretvalue"
