package verijot

import (
	"context"
	"runtime"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// A VerifierSet verifies the tokens of several issuers, each with a policy and keys of its own. The untrusted
// iss only chooses the verifier, which checks it again. It is safe for concurrent use.
type VerifierSet struct {
	*coreSet
	members []Member
}

// A Member of a set is a verifier and its keys.
type Member struct {
	Verifier *Verifier
	Keys     *JWKSet
}

// NewVerifierSet puts verifiers side by side. The error is a [*SetupError] if there is none, if one waives the
// issuer, or if two name the same issuer.
func NewVerifierSet(members ...Member) (*VerifierSet, error) {
	set := &VerifierSet{members: append([]Member(nil), members...)}
	verifiers := make([]*Verifier, 0, len(members))
	for _, member := range members {
		if member.Verifier == nil || member.Keys == nil {
			return nil, invalidPolicy("", "a member of the set has no verifier or no keys")
		}
		verifiers = append(verifiers, member.Verifier)
	}
	core, err := newCoreSet(verifiers)
	if err != nil {
		return nil, err
	}
	set.coreSet = core
	runtime.AddCleanup(set, func(core *coreSet) { core.drop() }, core)
	return set, nil
}

// Verify verifies a token with the verifier and the keys of its issuer. The error is an [*Error] if any check
// fails: [ErrWrongIssuer] for a token of any other issuer.
func (s *VerifierSet) Verify(raw string) (*Token, error) {
	return s.VerifyContext(context.Background(), raw)
}

// VerifyContext is [VerifierSet.Verify] with a context for what only the caller knows.
func (s *VerifierSet) VerifyContext(ctx context.Context, raw string) (*Token, error) {
	place, err := s.choose(raw)
	runtime.KeepAlive(s)
	if err != nil {
		return nil, err
	}
	return s.members[place].Verifier.VerifyContext(ctx, raw, s.members[place].Keys)
}

// coreSet is a set of the core's.
type coreSet struct {
	instance *module.Instance
	number   int32
	longest  int
	since    module.Moment
}

func newCoreSet(verifiers []*Verifier) (*coreSet, error) {
	set := &coreSet{instance: module.Current()}
	policies := make([]string, 0, len(verifiers))
	for _, verifier := range verifiers {
		policies = append(policies, string(verifier.Policy()))
	}
	var problem error
	err := set.instance.Do(func() {
		place := set.instance.Octets(module.Entries(policies...))[0]
		if module.Status(set.instance.Xverijot_issuers(place.Address, place.Length)) != module.Done {
			problem = setupErrorOf(set.instance.AnswerView())
			return
		}
		set.number = set.instance.Object(0)
		set.longest = int(set.instance.Number(1))
		set.since = set.instance.Changed()
	})
	if err == nil {
		err = problem
	}
	if err != nil {
		return nil, err
	}
	return set, nil
}

// choose gives the place of the verifier for a token.
func (s *coreSet) choose(raw string) (int, error) {
	var place int
	var refused error
	err := s.instance.DoAnywhere(s.madeAt, func(instance *module.Instance) {
		address, length := placeOf(instance, raw, s.longest)
		switch status := module.Status(instance.Xverijot_issuers_choose(s.number, address, length)); status {
		case module.Done:
			place = int(instance.Object(0))
		case module.Refused:
			refused = refusalOf(instance.AnswerView())
		default:
			refused = unexpected(instance, status)
		}
	})
	if err == nil {
		err = refused
	}
	return place, err
}

// madeAt is the moment from which on copies know the set.
func (s *coreSet) madeAt() module.Moment { return s.since }

func (s *coreSet) drop() {
	_ = s.instance.Do(func() { s.instance.Xverijot_issuers_drop(s.number) })
}
