package verijot

import (
	"context"
	"encoding/json"
	"runtime"
	"time"
)

// A SecurityEventVerifier verifies the Security Event Tokens (RFC 8417) that a transmitter posts to a receiver
// (RFC 8935), or gives to its poll (RFC 8936). Make it once; it is safe for
// concurrent use.
type SecurityEventVerifier struct{ profile *profile }

// NewSecurityEventVerifier makes a verifier for a transmitter and a receiver, which must be in aud. The error is a
// [*SetupError].
func NewSecurityEventVerifier(issuer, audience string, options ...ProfileOption) (*SecurityEventVerifier, error) {
	return newSecurityEventVerifier(profileSettings(policy{members: map[string]any{"issuer": issuer, "audience": audience}}, options))
}

// NewSecurityEventVerifierFromSettings makes a verifier as [NewIDTokenVerifierFromSettings] does.
func NewSecurityEventVerifierFromSettings(json []byte, options ...ProfileOption) (*SecurityEventVerifier, error) {
	return newSecurityEventVerifier(profileSettings(policyDocument(json), options))
}

func newSecurityEventVerifier(settings *verifierSettings) (*SecurityEventVerifier, error) {
	made, err := newProfile("security-event", settings)
	if err != nil {
		return nil, err
	}
	verifier := &SecurityEventVerifier{made}
	runtime.AddCleanup(verifier, (*profile).drop, made)
	return verifier, nil
}

// Verify verifies a token, and asks last whether it was presented before: a [*ReplayWindow], a [ReplayStore] or
// [WithoutReplayCheck]. The error is an [*Error] if any check fails: [ErrReplayed] if the token was presented before,
// [ErrReplayUnavailable] (503) if nobody can say.
func (v *SecurityEventVerifier) Verify(ctx context.Context, raw string, keys Keys, replay ReplayCheck) (*SecurityEvent, error) {
	defer runtime.KeepAlive(v)
	claims, err := v.profile.verifyOnce(ctx, raw, keys, replay)
	if err != nil {
		return nil, err
	}
	return &SecurityEvent{claims}, nil
}

// Explain makes every check of [SecurityEventVerifier.Verify], but for whether the token was presented before. An error means
// that nobody can say whether the token is good.
func (v *SecurityEventVerifier) Explain(raw string, keys *JWKSet) (*Explanation, error) {
	defer runtime.KeepAlive(v)
	return v.profile.explain(raw, keys, nothing)
}

// A SecurityEvent is the events that a transmitter reports. Only a [SecurityEventVerifier] makes one.
type SecurityEvent struct{ *checkedClaims }

// ID gives jti: the id of the token, for its acknowledgement.
func (e *SecurityEvent) ID() string { return e.text("jti") }

// Events gives events: the members of each event by its URI.
func (e *SecurityEvent) Events() map[string]json.RawMessage {
	var events map[string]json.RawMessage
	_ = json.Unmarshal(e.members["events"], &events)
	return events
}

// SubjectID gives sub_id (RFC 9493), JSON: whom or what the events are about; nil if there is none.
func (e *SecurityEvent) SubjectID() json.RawMessage {
	return append(json.RawMessage(nil), e.members["sub_id"]...)
}

// Transaction gives txn: the transaction that caused the event; empty if there is none.
func (e *SecurityEvent) Transaction() string { return e.text("txn") }

// HappenedAt gives toe: when the event happened; the zero time if there is none.
func (e *SecurityEvent) HappenedAt() time.Time { return e.date("toe") }
