package verijot

import (
	"context"
	"runtime"
	"time"
)

// An IDTokenVerifier verifies the ID tokens of a client's logins (OpenID Connect Core 1.0 §3.1.3.7). Make it once; it
// is safe for concurrent use.
type IDTokenVerifier struct{ profile *profile }

// NewIDTokenVerifier makes a verifier for an issuer and a client, which is the only audience unless
// [WithTrustedAudiences] names more. The error is a [*SetupError].
func NewIDTokenVerifier(issuer, clientID string, options ...ProfileOption) (*IDTokenVerifier, error) {
	return newIDTokenVerifier(profileSettings(clientPolicy(issuer, clientID), options))
}

// NewIDTokenVerifierFromSettings makes a verifier for a document of settings (core/guide/profiles.md), JSON, beside
// which only [WithClock] may stand. The error is a [*SetupError].
func NewIDTokenVerifierFromSettings(json []byte, options ...ProfileOption) (*IDTokenVerifier, error) {
	return newIDTokenVerifier(profileSettings(policyDocument(json), options))
}

func newIDTokenVerifier(settings *verifierSettings) (*IDTokenVerifier, error) {
	made, err := newProfile("id-token", settings)
	if err != nil {
		return nil, err
	}
	verifier := &IDTokenVerifier{made}
	runtime.AddCleanup(verifier, (*profile).drop, made)
	return verifier, nil
}

// Verify verifies the ID token of a login. The error is an [*Error] if any check fails, and a [*SetupError] for a
// login that makes no sense, such as one without a word about the nonce.
func (v *IDTokenVerifier) Verify(ctx context.Context, raw string, keys Keys, login Login) (*IDToken, error) {
	defer runtime.KeepAlive(v)
	expectations, err := login.write()
	if err != nil {
		return nil, err
	}
	found, err := v.profile.verify(ctx, raw, keys, expectations)
	if err != nil {
		return nil, err
	}
	claims, err := newCheckedClaims(found)
	if err != nil {
		return nil, err
	}
	return &IDToken{claims}, nil
}

// Explain makes every check of [IDTokenVerifier.Verify]. An error means that nobody can say whether the token is good.
func (v *IDTokenVerifier) Explain(raw string, keys *JWKSet, login Login) (*Explanation, error) {
	defer runtime.KeepAlive(v)
	expectations, err := login.write()
	if err != nil {
		return nil, err
	}
	return v.profile.explain(raw, keys, expectations)
}

// An IDToken says who logged in. Only an [IDTokenVerifier] makes one.
type IDToken struct{ *checkedClaims }

// Subject gives sub: the user, unique at the issuer.
func (t *IDToken) Subject() string { return t.text("sub") }

// Session gives sid: the session at the issuer, which a logout token names; empty if there is none.
func (t *IDToken) Session() string { return t.text("sid") }

// AuthenticatedAt gives auth_time: when the user logged in; the zero time if there is none.
func (t *IDToken) AuthenticatedAt() time.Time { return t.date("auth_time") }

// AuthenticationContext gives acr: how well the user was authenticated; empty if there is none.
func (t *IDToken) AuthenticationContext() string { return t.text("acr") }

// AuthenticationMethods gives amr: how the user was authenticated.
func (t *IDToken) AuthenticationMethods() []string { return t.texts("amr") }

// AuthorizedParty gives azp: the client that the token was issued to; empty if there is none.
func (t *IDToken) AuthorizedParty() string { return t.text("azp") }

// clientPolicy begins the settings of what an issuer sends to a client.
func clientPolicy(issuer, clientID string) policy {
	return policy{members: map[string]any{"issuer": issuer, "client_id": clientID}}
}

// policyDocument is a document that is given, which is not nil.
func policyDocument(json []byte) policy { return policy{document: append([]byte{}, json...)} }
