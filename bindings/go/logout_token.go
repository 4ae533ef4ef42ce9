package verijot

import (
	"context"
	"runtime"
)

// A LogoutTokenVerifier verifies what an issuer posts to a client's back-channel logout URI (OpenID Connect
// Back-Channel Logout 1.0 §2.6). Make it once; it is safe for
// concurrent use.
type LogoutTokenVerifier struct{ profile *profile }

// NewLogoutTokenVerifier makes a verifier for an issuer and a client, which must be in aud. The error is a
// [*SetupError].
func NewLogoutTokenVerifier(issuer, clientID string, options ...ProfileOption) (*LogoutTokenVerifier, error) {
	return newLogoutTokenVerifier(profileSettings(clientPolicy(issuer, clientID), options))
}

// NewLogoutTokenVerifierFromSettings makes a verifier as [NewIDTokenVerifierFromSettings] does.
func NewLogoutTokenVerifierFromSettings(json []byte, options ...ProfileOption) (*LogoutTokenVerifier, error) {
	return newLogoutTokenVerifier(profileSettings(policyDocument(json), options))
}

func newLogoutTokenVerifier(settings *verifierSettings) (*LogoutTokenVerifier, error) {
	made, err := newProfile("logout-token", settings)
	if err != nil {
		return nil, err
	}
	verifier := &LogoutTokenVerifier{made}
	runtime.AddCleanup(verifier, (*profile).drop, made)
	return verifier, nil
}

// Verify verifies a token, and asks last whether it was presented before: a [*ReplayWindow], a [ReplayStore] or
// [WithoutReplayCheck]. The error is an [*Error] if any check fails: [ErrReplayed] if the token was presented before,
// [ErrReplayUnavailable] (503) if nobody can say.
func (v *LogoutTokenVerifier) Verify(ctx context.Context, raw string, keys Keys, replay ReplayCheck) (*LogoutToken, error) {
	defer runtime.KeepAlive(v)
	claims, err := v.profile.verifyOnce(ctx, raw, keys, replay)
	if err != nil {
		return nil, err
	}
	return &LogoutToken{claims}, nil
}

// Explain makes every check of [LogoutTokenVerifier.Verify], but for whether the token was presented before. An error means
// that nobody can say whether the token is good.
func (v *LogoutTokenVerifier) Explain(raw string, keys *JWKSet) (*Explanation, error) {
	defer runtime.KeepAlive(v)
	return v.profile.explain(raw, keys, nothing)
}

// A LogoutToken is a notice that sessions are over. Only a [LogoutTokenVerifier] makes one.
type LogoutToken struct{ *checkedClaims }

// Subject gives sub: whose sessions are over; empty if there is none.
func (t *LogoutToken) Subject() string { return t.text("sub") }

// Session gives sid: the session that is over. If it is empty, all sessions of the subject are.
func (t *LogoutToken) Session() string { return t.text("sid") }
