package verijot

import (
	"context"
	"runtime"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// An AccessTokenVerifier verifies access tokens of RFC 9068 at an API, and how recent and how strong the login behind
// them is (RFC 9470). Make it once; it is safe for concurrent use.
type AccessTokenVerifier struct{ profile *profile }

// NewAccessTokenVerifier makes a verifier for tokens of an issuer that are meant for an audience. The error is a
// [*SetupError].
func NewAccessTokenVerifier(issuer, audience string, options ...ProfileOption) (*AccessTokenVerifier, error) {
	return newAccessTokenVerifier(profileSettings(newPolicy(issuer, audience), options))
}

// NewAccessTokenVerifierFromSettings makes a verifier as [NewIDTokenVerifierFromSettings] does.
func NewAccessTokenVerifierFromSettings(json []byte, options ...ProfileOption) (*AccessTokenVerifier, error) {
	return newAccessTokenVerifier(profileSettings(policyDocument(json), options))
}

func newAccessTokenVerifier(settings *verifierSettings) (*AccessTokenVerifier, error) {
	made, err := newProfile("access-token", settings)
	if err != nil {
		return nil, err
	}
	verifier := &AccessTokenVerifier{made}
	runtime.AddCleanup(verifier, (*profile).drop, made)
	return verifier, nil
}

// Verify verifies an access token for a request that needs this login. The error is an [*Error] if any check fails:
// [ErrInsufficientAuthentication], with a challenge, if the user must log in again.
func (v *AccessTokenVerifier) Verify(ctx context.Context, raw string, keys Keys, stepUp StepUp) (*AccessToken, error) {
	defer runtime.KeepAlive(v)
	expectations, err := stepUp.write()
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
	return &AccessToken{claims}, nil
}

// Explain makes every check of [AccessTokenVerifier.Verify]. An error means that nobody can say whether the token is
// good.
func (v *AccessTokenVerifier) Explain(raw string, keys *JWKSet, stepUp StepUp) (*Explanation, error) {
	defer runtime.KeepAlive(v)
	expectations, err := stepUp.write()
	if err != nil {
		return nil, err
	}
	return v.profile.explain(raw, keys, expectations)
}

// A StepUp is what a request needs of the login behind its token (RFC 9470). It begins with [AnyLogin], which the zero
// StepUp is too.
type StepUp struct {
	document []byte
	members  map[string]any
	problem  error
}

// AnyLogin is for requests for which any login will do.
func AnyLogin() StepUp { return StepUp{} }

// StepUpOf reads its document (core/guide/profiles.md), JSON. No method may be called with it.
func StepUpOf(document []byte) StepUp { return StepUp{document: append([]byte{}, document...)} }

// ACR demands that acr is one of these.
func (s StepUp) ACR(contexts ...string) StepUp { return s.and("acr", list(contexts)) }

// MaxAuthenticationAge says how long ago the user may have logged in.
func (s StepUp) MaxAuthenticationAge(age time.Duration) StepUp {
	return s.and("max_authentication_age", module.Decimal(age))
}

func (s StepUp) and(name string, value any) StepUp {
	s.members, s.problem = expecting(s.members, s.problem, name, value)
	return s
}

func (s StepUp) write() ([]byte, error) { return expectationsOf(s.document, s.members, s.problem) }

// An AccessToken is one of RFC 9068. Only an [AccessTokenVerifier] makes one.
type AccessToken struct{ *checkedClaims }

// Subject gives sub: for whom the client acts.
func (t *AccessToken) Subject() string { return t.text("sub") }

// ClientID gives client_id: whom the token was issued to.
func (t *AccessToken) ClientID() string { return t.text("client_id") }

// ID gives jti: the token's id, unique for the issuer.
func (t *AccessToken) ID() string { return t.text("jti") }

// Scopes gives the scopes that the token grants.
func (t *AccessToken) Scopes() []string { return t.token.Scopes() }

// AuthenticatedAt gives auth_time: when the user logged in; the zero time if there is none.
func (t *AccessToken) AuthenticatedAt() time.Time { return t.date("auth_time") }

// AuthenticationContext gives acr: how well the user was authenticated; empty if there is none.
func (t *AccessToken) AuthenticationContext() string { return t.text("acr") }

// AuthenticationMethods gives amr: how the user was authenticated.
func (t *AccessToken) AuthenticationMethods() []string { return t.texts("amr") }
