"""Presets: what verijot demands of the tokens of well-known providers.

For instance::

    from verijot.providers import preset

    client = preset("cognito:eu-west-1_AbCdEf123", client_ids=["web"]).client()
    token = client.verify(raw)

`verijot providers` lists them, and `verijot providers cognito` the options of one.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, TypeAlias, Unpack, cast, final

from verijot._clock import Clock
from verijot._native import Policy, Verifier, preset_keys, read_preset
from verijot.client import JwksClient
from verijot.errors import InvalidPolicyError
from verijot.fetch import AsyncFetch, Fetch
from verijot.fetch import fetch as fetch_with_urllib
from verijot.oidc import IdTokenVerifier
from verijot.policy import Names, ProfileOptions, VerifierOptions
from verijot.profiles import AccessTokenVerifier
from verijot.settings import CacheSettings

__all__ = ["Option", "Preset", "preset"]

Option: TypeAlias = str | Iterable[str] | Mapping[str, Any] | None
"""The value of an option: most are several strings, some one, and `policy` is a dict of further
members of the policy's document, such as `{"leeway": "60"}`. None waives a check, where that is
possible."""


def preset(provider: str, /, **options: Option) -> "Preset":
    """Makes the preset of a provider, such as `cognito:eu-west-1_AbCdEf123` or `github-actions`.

    Raises InvalidPolicyError for an unknown provider or parameter, for tokens that are not for you,
    for an unknown or empty option or one of the wrong type, and without an option for which the
    provider's guide demands a check.
    """
    return Preset(provider, json.dumps(options, default=_plain))


@final
class Preset:
    """What a verifier of a provider's tokens is made of. Immutable; `preset` makes it.

    It has one document, `policy`, `profile` or `load_balancer`, and says where the keys are.
    """

    __slots__ = ("_documents", "_options", "_provider")

    _provider: str
    _options: str
    _documents: tuple[str | None, str | None, str | None, str]

    def __init__(self, provider: str, options: str) -> None:
        """Makes a preset of a provider and a JSON object of options, as `preset` does."""
        object.__setattr__(self, "_provider", provider)
        object.__setattr__(self, "_options", options)
        object.__setattr__(self, "_documents", read_preset(provider, options))

    @property
    def policy(self) -> Policy | None:
        """The policy, if the tokens are for a Verifier."""
        policy, _, _, _ = self._documents
        return None if policy is None else Policy.from_json(policy)

    @property
    def profile(self) -> dict[str, Any] | None:
        """The document of an IdTokenVerifier or AccessTokenVerifier, if the tokens are for one."""
        _, profile, _, _ = self._documents
        return None if profile is None else _object(profile)

    @property
    def load_balancer(self) -> dict[str, Any] | None:
        """The document of an AlbVerifier, if load balancers make the tokens."""
        _, _, load_balancer, _ = self._documents
        return None if load_balancer is None else _object(load_balancer)

    @property
    def key_source(self) -> dict[str, Any]:
        """Where the keys are: `issuer`, whose metadata says it, `jwks_url` or `certificates_url`.

        The last has `algorithms`; `{kid}` in it stands for the key of a token. `purposes` are the
        values that the `use` of a key must have. `of_caller` says which keys you have yourself.
        """
        source: dict[str, Any] = _object(self.to_json())["key_source"]
        return source

    def to_json(self) -> str:
        """Returns all of it as one JSON object, which is the same in every language."""
        return self._documents[-1]

    def client(
        self,
        *,
        fetch: Fetch | AsyncFetch = fetch_with_urllib,
        settings: CacheSettings = CacheSettings(),  # noqa: B008, it is immutable
        clock: Clock | None = None,
        allow_plain_http: bool = False,
        allowed_hosts: Names | None = None,
        **options: Unpack[VerifierOptions],
    ) -> JwksClient:
        """Makes a client that fetches the provider's keys, with the arguments of JwksClient.

        It verifies the tokens if the preset has a policy, to which `options` add what it does not
        have. Otherwise it only fetches keys, for the verifier of the preset: by itself it accepts
        no token, because it knows nothing of a login.

        Raises InvalidKeySourceError if the keys have no URL, where `JwksClient(keys,
        Verifier(preset.policy))` takes yours, and for a URL that is not allowed; and TypeError for
        an option that the preset decides, or that belongs to another verifier.
        """
        source, purposes, certificates = preset_keys(
            self._provider,
            self._options,
            allow_plain_http=allow_plain_http,
            allowed_hosts=allowed_hosts,
        )
        documents = self._documents[:-1]
        limits = next(_object(one) for one in documents if one is not None).get("limits", {})
        max_octets, max_keys = limits.get("jwks_octets"), limits.get("jwks_keys")
        settings = settings._replace(
            max_octets=max_octets if settings.max_octets is None else settings.max_octets,
            max_keys=max_keys if settings.max_keys is None else settings.max_keys,
            purposes=purposes if settings.purposes is None else settings.purposes,
            certificates=certificates if settings.certificates is None else settings.certificates,
        )
        return JwksClient(
            source, self._verifier(options), fetch=fetch, settings=settings, clock=clock
        )

    def id_token_verifier(self, **options: Unpack[ProfileOptions]) -> IdTokenVerifier:
        """Makes the verifier for ID tokens.

        Raises InvalidPolicyError if the preset is for others, and TypeError for an option that it
        decides.
        """
        return IdTokenVerifier.from_json(self._profile_document(), **options)

    def access_token_verifier(self, **options: Unpack[ProfileOptions]) -> AccessTokenVerifier:
        """Makes the verifier for access tokens of RFC 9068.

        Raises InvalidPolicyError if the preset is for others, and TypeError for an option that it
        decides.
        """
        return AccessTokenVerifier.from_json(self._profile_document(), **options)

    def _profile_document(self) -> str:
        _, profile, _, _ = self._documents
        if profile is None:
            raise InvalidPolicyError(f"provider: {self._name()} has no profile; use `policy`")
        return profile

    def _verifier(self, options: VerifierOptions) -> Verifier:
        policy, _, _, _ = self._documents
        if policy is not None:
            return Verifier(Policy.from_json(policy), **options)
        if options:
            raise TypeError(f"pass {', '.join(options)} to the verifier of the preset")
        return Verifier(issuer=_ONLY_KEYS, audience=_ONLY_KEYS)

    def _name(self) -> str:
        return self._provider.partition(":")[0]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Preset):
            return NotImplemented
        return self._documents == other._documents

    def __hash__(self) -> int:
        return hash(self._documents)

    def __setattr__(self, _: str, __: object) -> NoReturn:
        raise AttributeError("Preset is immutable")

    def __delattr__(self, _: str) -> NoReturn:
        raise AttributeError("Preset is immutable")

    def __reduce__(self) -> tuple[type["Preset"], tuple[str, str]]:
        return Preset, (self._provider, self._options)

    def __repr__(self) -> str:
        return f"<Preset {self._provider}>"


def _object(text: str) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(text)
    return members


def _plain(value: object) -> Any:
    """Returns what JSON has instead of a mapping or an iterable. Quotes no value."""
    kind = type(value)
    if issubclass(kind, Mapping):
        return dict(cast("Mapping[Any, Any]", value))
    if issubclass(kind, Iterable) and not issubclass(kind, bytes | bytearray | memoryview):
        return list(cast("Iterable[Any]", value))
    raise TypeError(f"an option of a preset cannot be a {kind.__name__}")


_ONLY_KEYS = "none: this client only fetches keys, for the verifier of the preset"
"""Stands where an issuer has its name: no token is accepted, and a refusal says why."""
