package verijot

import (
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// A ProfileOption changes what a verifier of one kind of token demands. Every [VerifierOption] is one; what the kind
// decides itself is an error. Tenants and revocation are asked about after every other check, and before a token that may
// be presented once is admitted.
type ProfileOption interface {
	applyToProfile(*verifierSettings)
}

type profileOption func(*verifierSettings)

func (o profileOption) applyToProfile(settings *verifierSettings) { o(settings) }

// WithTrustedAudiences says which audiences an ID token or a logout token may have beside the client.
func WithTrustedAudiences(audiences ...string) ProfileOption {
	return profileMember("trusted_audiences", list(audiences))
}

// WithAuthorizedParties says which azp an ID token may have, if it has one; without it the client alone.
func WithAuthorizedParties(parties ...string) ProfileOption {
	return profileMember("authorized_parties", list(parties))
}

// WithAnyAuthorizedParty waives the check of an ID token's azp.
func WithAnyAuthorizedParty() ProfileOption { return profileMember("authorized_parties", nil) }

// WithStrictType demands the typ logout+jwt of logout tokens; without it, typ may also be missing or JWT.
func WithStrictType() ProfileOption { return profileMember("strict_type", true) }

// WithMissingExpiry accepts logout tokens without exp.
func WithMissingExpiry() ProfileOption { return profileMember("allow_missing_expiry", true) }

// WithSharedSignals refuses Security Event Tokens with exp or sub, as the Shared Signals Framework does.
func WithSharedSignals() ProfileOption { return profileMember("shared_signals", true) }

// WithMissingType accepts Security Event Tokens without typ.
func WithMissingType() ProfileOption { return profileMember("allow_missing_type", true) }

// WithRememberFor says for how long a transmitter may deliver a Security Event Token again; without it a day.
func WithRememberFor(span time.Duration) ProfileOption {
	return profileMember("remember_for", module.Decimal(span))
}

// WithClientIDs says which client_id access tokens may have; without it any.
func WithClientIDs(ids ...string) ProfileOption { return profileMember("client_ids", list(ids)) }

func profileMember(name string, value any) ProfileOption {
	return profileOption(func(s *verifierSettings) { s.policy.set(name, value) })
}

// profileSettings are those of a profile with these members of its own.
func profileSettings(own policy, options []ProfileOption) *verifierSettings {
	settings := &verifierSettings{policy: own}
	for _, option := range options {
		option.applyToProfile(settings)
	}
	return settings
}
