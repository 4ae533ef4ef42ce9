package verijot

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// A VerifierOption changes what is demanded of a token, or what a verifier does beyond that. It is also a
// [ClientOption], and a [ProfileOption].
type VerifierOption interface {
	ClientOption
	ProfileOption
	applyToVerifier(*verifierSettings)
}

// A ClientOption changes what a client does.
type ClientOption interface {
	applyToClient(*clientSettings)
}

type verifierOption func(*verifierSettings)

func (o verifierOption) applyToProfile(settings *verifierSettings)  { o(settings) }
func (o verifierOption) applyToVerifier(settings *verifierSettings) { o(settings) }
func (o verifierOption) applyToClient(settings *clientSettings)     { o(&settings.verifier) }

type verifierSettings struct {
	policy      policy
	tenants     knownTenants
	revocations Revocations
	timeout     time.Duration
	remembered  int
	clock       clock
}

// WithIssuers accepts other issuers too.
func WithIssuers(issuers ...string) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.policy.issuers = append(s.policy.issuers, issuers...) })
}

// WithAudiences accepts tokens for other audiences too.
func WithAudiences(audiences ...string) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.policy.audiences = append(s.policy.audiences, audiences...) })
}

// WithAlgorithms says what tokens may be signed with, of those that each key is for; without it every
// asymmetric algorithm.
func WithAlgorithms(names ...string) VerifierOption { return member("algorithms", list(names)) }

// WithTypes says which typ tokens may have; without it none, JWT and at+jwt.
func WithTypes(types ...string) VerifierOption { return member("types", list(types)) }

// WithAnyType waives the check of typ.
func WithAnyType() VerifierOption { return member("types", nil) }

// WithLeeway says how much clocks may differ; without it 30 seconds.
func WithLeeway(leeway time.Duration) VerifierOption { return member("leeway", span(leeway)) }

// WithoutExpiry accepts tokens without exp.
func WithoutExpiry() VerifierOption { return member("require_exp", false) }

// WithNumericSubject accepts numbers as sub.
func WithNumericSubject() VerifierOption { return member("numeric_subject", true) }

// WithFutureIssuedAt accepts an iat in the future.
func WithFutureIssuedAt() VerifierOption { return member("future_issued_at", true) }

// WithRequiredClaims demands claims.
func WithRequiredClaims(names ...string) VerifierOption {
	return member("required_claims", list(names))
}

// WithExpectedClaims demands claims with these values.
func WithExpectedClaims(claims map[string]any) VerifierOption {
	return member("expected_claims", claims)
}

// WithMaxAge says how long ago iat may be.
func WithMaxAge(age time.Duration) VerifierOption { return member("max_age", span(age)) }

// WithMaxLifetime says how long it may be from iat to exp.
func WithMaxLifetime(lifetime time.Duration) VerifierOption {
	return member("max_lifetime", span(lifetime))
}

// WithMaxLifetimeBy says how long it may be from iat to exp for each class of tokens: the values of a claim,
// and a time for every other value, of which zero refuses it.
func WithMaxLifetimeBy(claim string, ceilings map[string]time.Duration, others time.Duration) VerifierOption {
	written := make(map[string]string, len(ceilings))
	for class, ceiling := range ceilings {
		written[class] = span(ceiling)
	}
	classes := map[string]any{"claim": claim, "ceilings": written}
	if others != 0 {
		classes["default"] = span(others)
	}
	return member("max_lifetime_by", classes)
}

// WithRequiredScopes demands scopes, all of them.
func WithRequiredScopes(scopes ...string) VerifierOption {
	return member("required_scopes", list(scopes))
}

// WithRequiredRoles demands roles, all of them, in the claim whose names are given from the outermost inwards.
// Given several times, it adds up.
func WithRequiredRoles(path []string, roles ...string) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		s.policy.roles = append(s.policy.roles, map[string]any{"path": list(path), "roles": list(roles)})
	})
}

// WithSymmetricKeys uses HMAC secrets (kty oct) in the key sets of a client.
func WithSymmetricKeys() VerifierOption { return member("symmetric_keys", true) }

// WithMaxTokenOctets is the most octets of a token; without it 16384.
func WithMaxTokenOctets(octets uint64) VerifierOption { return limit("token_octets", octets) }

// WithMaxJWKSOctets is the most octets of a client's key set; without it 262144.
func WithMaxJWKSOctets(octets uint64) VerifierOption { return limit("jwks_octets", octets) }

// WithMaxJWKSKeys is the most keys of a client's key set; without it 100.
func WithMaxJWKSKeys(keys uint64) VerifierOption { return limit("jwks_keys", keys) }

// WithKnownTenants asks whether a tenant is known, for tenants that come and go while the service runs. It is called
// with the tenant's id of every token that an issuer template accepts and that has passed all other checks except
// revocation; false refuses the token with [ErrWrongIssuer]. Tokens of issuers that are named exactly are not asked
// about. An error is returned as it is, and the token is not accepted.
func WithKnownTenants(isKnown func(ctx context.Context, tenant string) (bool, error)) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.tenants = isKnown })
}

// WithRevocations asks whether tokens that passed every other check are revoked.
func WithRevocations(revocations Revocations) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.revocations = revocations })
}

// WithRevocationTimeout is how long an answer about revocation is waited for; without it the core says it.
func WithRevocationTimeout(timeout time.Duration) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		if s.timeout = timeout; timeout == 0 {
			s.timeout = -1
		}
	})
}

// WithTokenCache remembers accepted tokens, so that the same one again costs little: only its dates, its
// revocation and its keys are checked.
func WithTokenCache(tokens int) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.remembered = tokens })
}

// WithClock takes the time of day from a function.
func WithClock(now func() time.Time) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.clock = now })
}

// A policy is what is demanded of a token. What makes no sense in it the core refuses.
type policy struct {
	// A document that is given; then nothing else may be.
	document  []byte
	issuers   []string
	audiences []string
	roles     []any
	rules     []any
	members   map[string]any
	limits    map[string]any
}

func newPolicy(issuer, audience string) policy {
	return policy{issuers: []string{issuer}, audiences: []string{audience}}
}

func (p *policy) write() ([]byte, error) {
	if p.document != nil {
		if len(p.issuers) > 0 || len(p.audiences) > 0 || len(p.roles) > 0 || len(p.rules) > 0 || len(p.members) > 0 || len(p.limits) > 0 {
			return nil, invalidPolicy("", "an option stands beside a policy's document; write it into the document")
		}
		return p.document, nil
	}
	members := map[string]any{}
	for name, value := range p.members {
		members[name] = value
	}
	for name, names := range map[string][]string{"issuers": p.issuers, "audiences": p.audiences} {
		switch {
		case len(names) == 0:
			// A profile decides it.
		case names[0] != waiver(name):
			members[name] = names
		case len(names) > 1:
			return nil, invalidPolicy(name, "the check is waived, and there are names as well")
		default:
			members[name] = nil
		}
	}
	if p.roles != nil {
		members["required_roles"] = p.roles
	}
	if p.rules != nil {
		rules, err := json.Marshal(p.rules)
		if err != nil {
			return nil, invalidPolicy("rules", err.Error())
		}
		members["rules"] = json.RawMessage(rules)
	}
	if p.limits != nil {
		members["limits"] = p.limits
	}
	document, err := json.Marshal(members)
	if err != nil {
		return nil, invalidPolicy("expected_claims", err.Error())
	}
	return document, nil
}

func waiver(member string) string {
	if member == "issuers" {
		return AnyIssuer
	}
	return AnyAudience
}

func invalidPolicy(member, message string) error {
	if member != "" {
		message = member + ": " + message
	}
	return &SetupError{Code: ErrInvalidPolicy, Message: message, Member: member}
}

func member(name string, value any) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.policy.set(name, value) })
}

func (p *policy) set(name string, value any) {
	if p.members == nil {
		p.members = map[string]any{}
	}
	p.members[name] = value
}

func limit(name string, value uint64) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		if s.policy.limits == nil {
			s.policy.limits = map[string]any{}
		}
		s.policy.limits[name] = json.Number(strconv.FormatUint(value, 10))
	})
}

// list is never null, which would waive a check.
func list(names []string) []string { return append([]string{}, names...) }

// span is decimal seconds, in quotation marks as in every policy.
func span(of time.Duration) string { return module.Decimal(of) }
