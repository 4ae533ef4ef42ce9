package verijot

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
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

// verifierSettings are what options say. Demands add up; of what can have one value only, a second, different one is an
// error, so that none silently wins.
type verifierSettings struct {
	policy      policy
	tenants     []knownTenants
	revocations []Revocations
	timeout     once[time.Duration]
	remembered  once[int]
	clock       once[clock]
	// The first.
	problem error
}

func (s *verifierSettings) fail(problem error) {
	if s.problem == nil {
		s.problem = problem
	}
}

// check gives what is wrong with the options, apart from those of the policy.
func (s *verifierSettings) check() error {
	switch {
	case s.problem != nil:
		return s.problem
	case s.timeout.value < 0 || s.remembered.value < 0:
		return invalidPolicy("", "a negative number of tokens, or a negative time")
	}
	return nil
}

// once is a value that an option gives, perhaps.
type once[T any] struct {
	value   T
	isGiven bool
}

// is takes the value, and says whether it is the first.
func (o *once[T]) is(value T) bool {
	isFirst := !o.isGiven
	o.value, o.isGiven = value, true
	return isFirst
}

// isSame takes the value, and says whether there was no other before.
func isSame[T comparable](o *once[T], value T) bool {
	known := o.value
	return o.is(value) || known == value
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

// WithRequiredClaims demands claims, all of them. Given several times, it adds up.
func WithRequiredClaims(names ...string) VerifierOption { return demanded("required_claims", names) }

// WithExpectedClaims demands claims with these values. Given several times, it adds up; another value for the same
// claim is an error.
func WithExpectedClaims(claims map[string]any) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.policy.expect(claims) })
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

// WithRequiredScopes demands scopes, all of them. Given several times, it adds up.
func WithRequiredScopes(scopes ...string) VerifierOption { return demanded("required_scopes", scopes) }

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
// about. An error is returned as it is, and the token is not accepted. Given several times, all are asked in order, until
// one does not know the tenant; nil is an error.
func WithKnownTenants(isKnown func(ctx context.Context, tenant string) (bool, error)) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		if isKnown == nil {
			s.fail(invalidPolicy("", "WithKnownTenants: there is nobody to ask"))
		}
		s.tenants = append(s.tenants, isKnown)
	})
}

// WithRevocations asks whether tokens that passed every other check are revoked. Given several times, all are asked in
// order, until one says that the token is revoked or cannot say; nil is an error.
func WithRevocations(revocations Revocations) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		if module.IsNil(revocations) {
			s.fail(invalidPolicy("", "WithRevocations: there is nobody to ask"))
		}
		s.revocations = append(s.revocations, revocations)
	})
}

// WithRevocationTimeout is how long an answer about revocation is waited for; without it two seconds.
func WithRevocationTimeout(timeout time.Duration) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		if timeout == 0 {
			timeout = -1
		}
		if !isSame(&s.timeout, timeout) {
			s.fail(twice("WithRevocationTimeout"))
		}
	})
}

// WithTokenCache remembers this many accepted tokens, so that the same one again costs little: only its dates, its
// revocation and its keys are checked.
func WithTokenCache(tokens int) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		if !isSame(&s.remembered, tokens) {
			s.fail(twice("WithTokenCache"))
		}
	})
}

// WithClock takes the time of day from a function. Nil, and a second clock, are errors.
func WithClock(now func() time.Time) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		if now == nil {
			s.fail(invalidPolicy("", "WithClock: there is no clock"))
		}
		if !s.clock.is(now) {
			s.fail(twice("WithClock"))
		}
	})
}

func twice(option string) error {
	return invalidPolicy("", option+" is given twice, with different values; leave one out")
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
	// The first.
	problem error
}

func newPolicy(issuer, audience string) policy {
	return policy{issuers: []string{issuer}, audiences: []string{audience}}
}

func (p *policy) write() ([]byte, error) {
	if p.problem != nil {
		return nil, p.problem
	}
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

// set gives a member its value. A second, different one is an error.
func (p *policy) set(name string, value any) {
	if p.members == nil {
		p.members = map[string]any{}
	}
	if known, isThere := p.members[name]; isThere && !isSameJSON(known, value) {
		p.fail(name, "two options give it different values; leave one out")
	}
	p.members[name] = value
}

func (p *policy) fail(member, message string) {
	if p.problem == nil {
		p.problem = invalidPolicy(member, message)
	}
}

// demanded is a member whose names add up.
func demanded(member string, names []string) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		known, isThere := s.policy.members[member].([]string)
		all := list(names)
		// The core refuses to demand nothing, which no other option makes good.
		if isThere && (len(known) == 0 || len(names) == 0) {
			all = list(nil)
		} else if isThere {
			all = append(list(known), names...)
		}
		delete(s.policy.members, member)
		s.policy.set(member, all)
	})
}

// expect adds claims with their values.
func (p *policy) expect(claims map[string]any) {
	const member = "expected_claims"
	known, isThere := p.members[member].(map[string]any)
	all := map[string]any{}
	// As in demanded.
	if len(claims) > 0 && (!isThere || len(known) > 0) {
		maps.Copy(all, known)
		for name, value := range claims {
			if other, isTwice := all[name]; isTwice && !isSameJSON(other, value) {
				p.fail(member, strconv.Quote(name)+" is expected with different values")
			}
			all[name] = value
		}
	}
	delete(p.members, member)
	p.set(member, all)
}

// isSameJSON says whether two values are written alike.
func isSameJSON(one, other any) bool {
	first, err := json.Marshal(one)
	second, problem := json.Marshal(other)
	return err == nil && problem == nil && bytes.Equal(first, second)
}

func limit(name string, value uint64) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		if s.policy.limits == nil {
			s.policy.limits = map[string]any{}
		}
		number := json.Number(strconv.FormatUint(value, 10))
		if known, isThere := s.policy.limits[name]; isThere && known != number {
			s.policy.fail("limits."+name, "two options give it different values; leave one out")
		}
		s.policy.limits[name] = number
	})
}

// list is never null, which would waive a check.
func list(names []string) []string { return append([]string{}, names...) }

// span is decimal seconds, in quotation marks as in every policy.
func span(of time.Duration) string { return module.Decimal(of) }
