package verijot

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// AnyIssuer in place of an issuer waives the check of iss.
const AnyIssuer = "\x00any issuer"

// AnyAudience in place of an audience waives the check of aud.
const AnyAudience = "\x00any audience"

// A Verifier verifies tokens against one policy. Make it once; it is safe for concurrent use.
type Verifier struct {
	*coreVerifier
	tenants     []knownTenants
	revocations askedRevocations
	tokens      *rememberedTokens
	clock       clock
}

// coreVerifier is a verifier of the core's.
type coreVerifier struct {
	instance *module.Instance
	number   atomic.Int32
	longest  int
	// When it was made; never changed after.
	since module.Moment
}

// made notes what the core has just said of a new verifier, from these numbers on. The instance is locked.
func (c *coreVerifier) made(first int) {
	c.number.Store(c.instance.Object(first))
	c.longest = int(c.instance.Number(first + 1))
	c.since = c.instance.Changed()
}

// NewVerifier makes a verifier for tokens of an issuer that are meant for an audience. [AnyIssuer] and
// [AnyAudience] waive the checks; empty strings are errors. The error is a [*SetupError].
func NewVerifier(issuer, audience string, options ...VerifierOption) (*Verifier, error) {
	settings := verifierSettings{policy: newPolicy(issuer, audience)}
	for _, option := range options {
		option.applyToVerifier(&settings)
	}
	return newVerifier(&settings)
}

// NewVerifierFromPolicy makes a verifier for the document of a policy (core/guide/policy.md), JSON. Options
// that are members of the document are errors beside it. The error is a [*SetupError].
func NewVerifierFromPolicy(json []byte, options ...VerifierOption) (*Verifier, error) {
	settings := verifierSettings{policy: policy{document: json}}
	for _, option := range options {
		option.applyToVerifier(&settings)
	}
	return newVerifier(&settings)
}

func newVerifier(settings *verifierSettings) (*Verifier, error) {
	document, err := settings.policy.write()
	if err != nil {
		return nil, err
	}
	if err := settings.check(); err != nil {
		return nil, err
	}
	verifier := &Verifier{
		coreVerifier: &coreVerifier{instance: module.Current()},
		tenants:      settings.tenants,
		revocations:  askedRevocations{all: settings.revocations, timeout: settings.timeout.value},
		clock:        settings.clock.value,
	}
	if verifier.clock == nil {
		verifier.clock = time.Now
	}
	instance := verifier.instance
	var problem error
	err = instance.Do(func() {
		place := instance.Octets(document)[0]
		if module.Status(instance.Xverijot_verifier(place.Address, place.Length)) != module.Done {
			problem = setupErrorOf(instance.AnswerView())
			return
		}
		verifier.made(0)
		if verifier.revocations.timeout == 0 {
			verifier.revocations.timeout = seconds(instance.Number(2))
		}
		verifier.revocations.calls.most = int32(instance.Number(3))
	})
	if err == nil {
		err = problem
	}
	if err != nil {
		return nil, err
	}
	if most := settings.remembered.value; most > 0 {
		verifier.tokens = newRememberedTokens(instance, most)
	}
	runtime.AddCleanup(verifier, func(core *coreVerifier) { core.drop() }, verifier.coreVerifier)
	return verifier, nil
}

// Policy gives the policy's document, for the vectors, the command line and other languages.
func (v *Verifier) Policy() []byte {
	var document []byte
	_ = v.instance.Do(func() {
		if module.Status(v.instance.Xverijot_policy(v.number.Load())) == module.Done {
			document = append(document, v.instance.AnswerView()...)
		}
	})
	return document
}

// Verify verifies a token. The error is an [*Error] if any check fails.
func (v *Verifier) Verify(raw string, keys *JWKSet) (*Token, error) {
	return v.VerifyContext(context.Background(), raw, keys)
}

// VerifyContext is [Verifier.Verify] with a context for what only the caller knows: tenants and revocation.
func (v *Verifier) VerifyContext(ctx context.Context, raw string, keys *JWKSet) (*Token, error) {
	return v.verifyAt(ctx, raw, keys, v.clock)
}

// VerifyAt is [Verifier.VerifyContext] at another time than the clock's.
func (v *Verifier) VerifyAt(ctx context.Context, raw string, keys *JWKSet, now time.Time) (*Token, error) {
	return v.verifyAt(ctx, raw, keys, func() time.Time { return now })
}

func (v *Verifier) verifyAt(ctx context.Context, raw string, keys *JWKSet, now clock) (*Token, error) {
	if keys == nil {
		return nil, errNoKeys
	}
	defer runtime.KeepAlive(v)
	token, err := v.verify(raw, keys.loadedKeys, now, nil)
	runtime.KeepAlive(keys)
	if err != nil {
		return nil, err
	}
	if err := v.askTenant(ctx, v.tenants, token); err != nil {
		return nil, err
	}
	if err := v.revocations.ask(ctx, token); err != nil {
		return nil, err
	}
	return token, nil
}

// verify verifies up to what only the caller knows. refused is called with the number of a refusal that other keys might turn,
// before anything else can call the core.
func (v *Verifier) verify(raw string, keys *loadedKeys, now clock, refused func(int32)) (*Token, error) {
	if keys.instance != v.instance {
		return nil, module.ErrTrapped
	}
	if v.tokens != nil {
		if token, err := v.tokens.find(v.number.Load(), raw, keys, now, nil); token != nil || err != nil {
			return token, err
		}
	}
	verification := verification{
		home: v.instance, verifier: v.coreVerifier,
		keys: keys, raw: raw, mode: modeJWT, now: now, tokens: v.tokens, refused: refused,
	}
	if err := verification.run(); err != nil {
		return nil, err
	}
	return verification.token, verification.verdict
}

// refusalAnd gives the refusal that the core has just given, and calls turn with its number if other keys might turn
// it. The instance is locked.
func refusalAnd(instance *module.Instance, turn func(int32)) error {
	mayTurn, number := mayTurn(instance), instance.Object(0)
	refused := refusalOf(instance.AnswerView())
	if mayTurn && turn != nil {
		turn(number)
	}
	return refused
}

// mayTurn says whether other keys might turn the refusal that the core has just given.
func mayTurn(instance *module.Instance) bool { return instance.Number(1) == 1 }

// VerifyJWS verifies the signature and the header of a JWS, whose payload may be anything. Of the policy only
// the algorithms, the size and types that it names apply.
func (v *Verifier) VerifyJWS(raw string, keys *JWKSet) (*JWS, error) {
	if keys == nil {
		return nil, errNoKeys
	}
	if keys.instance != v.instance {
		return nil, module.ErrTrapped
	}
	var jws *JWS
	var verdict error
	verification := verification{
		home: v.instance, verifier: v.coreVerifier,
		keys: keys.loadedKeys, raw: raw, mode: modeJWS, now: v.clock,
		concluded: func(instance *module.Instance, status module.Status) {
			switch status {
			case module.Done:
				jws = acceptedJWS(instance)
			case module.Refused:
				verdict = refusalOf(instance.AnswerView())
			default:
				verdict = unexpected(instance, status)
			}
		},
	}
	err := verification.run()
	runtime.KeepAlive(keys)
	runtime.KeepAlive(v)
	if err != nil {
		return nil, err
	}
	return jws, verdict
}

// Close gives the memory of the verifier back at once; otherwise that happens some time after its last use.
// Verifying with a closed verifier fails.
func (v *Verifier) Close() {
	v.drop()
	if v.tokens != nil {
		v.tokens.clear()
	}
}

func (c *coreVerifier) coreOf() *coreVerifier { return c }

// madeAt is the moment from which on copies know the verifier, and the profile that it is of.
func (c *coreVerifier) madeAt() module.Moment { return c.since }

func (c *coreVerifier) drop() {
	_ = c.instance.Do(func() { c.instance.Xverijot_verifier_drop(c.number.Swap(0)) })
}

var errNoKeys = errors.New("verijot: no keys are given; make a set by ParseJWKS")
