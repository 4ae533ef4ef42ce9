package verijot

import (
	"context"
	"encoding/json"
	"runtime"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// Keys are where the keys of a token come from: a [*JWKSet], or a [*Client] of the issuer, whose own policy is not
// applied.
type Keys interface{ areKeys() }

func (*JWKSet) areKeys() {}
func (*Client) areKeys() {}

// profile is a verifier for one kind of token: an ordinary verifier of the core's, and a check of what it accepts.
type profile struct {
	*coreVerifier
	number      int32
	timeout     time.Duration
	tenants     []knownTenants
	revocations askedRevocations
	// Those of stores of tokens that were presented.
	replays calls
	tokens  *rememberedTokens
	// Nil is that of the keys.
	clock clock
}

// newProfile makes the profile of this name for a document of settings.
func newProfile(name string, settings *verifierSettings) (*profile, error) {
	if err := settings.check(); err != nil {
		return nil, err
	}
	if settings.policy.document == nil {
		settings.policy.set("profile", name)
	}
	document, err := settings.policy.write()
	if err != nil {
		return nil, err
	}
	made := &profile{
		coreVerifier: &coreVerifier{instance: module.Current()},
		tenants:      settings.tenants,
		revocations:  askedRevocations{all: settings.revocations, timeout: settings.timeout.value},
		clock:        settings.clock.value,
	}
	instance := made.instance
	var problem error
	err = instance.Do(func() {
		place := instance.Octets(document)[0]
		if module.Status(instance.Xverijot_profile(place.Address, place.Length)) != module.Done {
			problem = setupErrorOf(instance.AnswerView())
			return
		}
		made.number = instance.Object(0)
		made.made(1)
		made.timeout = seconds(instance.Number(3))
		made.replays.most = int32(instance.Number(4))
		made.revocations.calls.most = made.replays.most
		if found := instance.Answer(); found != name {
			problem = invalidPolicy("profile", "the document is that of another profile, "+found)
		}
	})
	if err == nil && problem != nil {
		made.drop()
		err = problem
	}
	if err != nil {
		return nil, err
	}
	if made.revocations.timeout == 0 {
		made.revocations.timeout = made.timeout
	}
	if most := settings.remembered.value; most > 0 {
		made.tokens = newRememberedTokens(instance, most)
	}
	return made, nil
}

func (p *profile) drop() {
	p.coreVerifier.drop()
	_ = p.instance.Do(func() { p.instance.Xverijot_profile_drop(p.number) })
}

// checked is what a profile has checked of a token.
type checked struct {
	token  *Token
	claims []byte
	// What must be admitted before the token is used; without a key nothing.
	replay Replay
	// When it was checked.
	at time.Time
}

// verify verifies a token, makes the profile's checks, and asks last whether the tenant is known and the token revoked.
func (p *profile) verify(ctx context.Context, raw string, keys Keys, expectations []byte) (*checked, error) {
	return p.admit(ctx, raw, keys, expectations, nil)
}

// admit is verify, but calls further before it asks whether the token is revoked.
func (p *profile) admit(
	ctx context.Context, raw string, keys Keys, expectations []byte, further func(*checked) error,
) (*checked, error) {
	// Read before the token, so that a mistake of the caller does not depend on it.
	if err := p.expect(expectations); err != nil {
		return nil, err
	}
	found, err := verifyBy[*checked](ctx, keys, &profileCall{p, expectations}, raw, p.clock)
	if err != nil {
		return nil, err
	}
	if err := p.askTenant(ctx, p.tenants, found.token); err != nil {
		return nil, err
	}
	if further != nil {
		if err := further(found); err != nil {
			return nil, err
		}
	}
	if err := p.revocations.ask(ctx, found.token); err != nil {
		return nil, err
	}
	return found, nil
}

// verifyBy verifies with keys of any source. Without a clock, that of the keys is used.
func verifyBy[T any](ctx context.Context, keys Keys, verifier verifying[T], raw string, now clock) (T, error) {
	defer runtime.KeepAlive(keys)
	var none T
	switch keys := keys.(type) {
	case *JWKSet:
		if keys == nil {
			return none, errNoKeys
		}
		if now == nil {
			now = time.Now
		}
		return verifier.verify(raw, keys.loadedKeys, now, nil)
	case *Client:
		if keys == nil {
			return none, errNoKeys
		}
		if now == nil {
			now = keys.verifier.clock
		}
		if keys.fixed != nil {
			return verifier.verify(raw, keys.fixed.loadedKeys, now, nil)
		}
		return verifyFetched(ctx, keys.fetched, verifier, raw, now, nil)
	}
	return none, errNoKeys
}

func (p *profile) expect(expectations []byte) error {
	var problem error
	err := p.instance.DoAnywhere(p.madeAt, func(instance *module.Instance) {
		place := instance.Octets(expectations)[0]
		status := module.Status(instance.Xverijot_profile_expect(p.number, place.Address, place.Length))
		if status != module.Done {
			problem = unexpected(instance, status)
		}
	})
	if err == nil {
		err = problem
	}
	return err
}

// profileCall is one verification by a profile.
type profileCall struct {
	profile      *profile
	expectations []byte
}

func (c *profileCall) coreOf() *coreVerifier { return c.profile.coreVerifier }

func (c *profileCall) verify(raw string, keys *loadedKeys, now clock, refused func(int32)) (*checked, error) {
	core := c.coreOf()
	if keys.instance != core.instance {
		return nil, module.ErrTrapped
	}
	if tokens := c.profile.tokens; tokens != nil {
		var found *checked
		token, err := tokens.find(core.number.Load(), raw, keys, now, func(number int32, token *Token, at time.Time) (err error) {
			found, err = c.check(core.instance, number, token, at)
			return err
		})
		if token != nil || err != nil {
			return found, err
		}
	}
	var found *checked
	var verdict error
	// The time of the checks is that of the verification's second half.
	var at time.Time
	verification := verification{
		home: core.instance, verifier: core, keys: keys, raw: raw, mode: modeJWT,
		now: func() time.Time { at = now(); return at }, tokens: c.profile.tokens, refused: refused,
	}
	verification.concluded = func(instance *module.Instance, status module.Status) {
		switch status {
		case module.Done:
			var token *Token
			if token, verdict = acceptedToken(instance, core.instance, verification.by); verdict == nil {
				const last = 0
				found, verdict = c.check(instance, last, token, at)
				if tokens := c.profile.tokens; tokens != nil {
					tokens.keep(raw, keys, token)
				}
			}
		case module.Refused:
			verdict = refusalAnd(instance, refused)
		default:
			verdict = unexpected(instance, status)
		}
	}
	if err := verification.run(); err != nil {
		return nil, err
	}
	return found, verdict
}

// check makes the profile's checks of the token that the core has kept under this number or, for 0, has just
// accepted. The instance is locked.
func (c *profileCall) check(instance *module.Instance, number int32, token *Token, now time.Time) (*checked, error) {
	seconds, nanoseconds := instant(now)
	place := instance.Octets(c.expectations)[0]
	switch status := module.Status(instance.Xverijot_profile_check(
		c.profile.number, number, place.Address, place.Length, seconds, nanoseconds)); status {
	case module.Done:
	case module.Refused:
		return nil, refusalOf(instance.AnswerView())
	default:
		return nil, unexpected(instance, status)
	}
	var written struct {
		Claims    json.RawMessage `json:"claims"`
		ReplayKey string          `json:"replay_key"`
	}
	if err := json.Unmarshal(instance.AnswerView(), &written); err != nil {
		return nil, err
	}
	found := &checked{token: token, claims: written.Claims, at: now}
	if written.ReplayKey != "" {
		until := time.Unix(int64(instance.Number(0)), int64(instance.Number(1)))
		found.replay = Replay{written.ReplayKey, until}
	}
	return found, nil
}

// explain makes every check, but for whether the token was presented before.
func (p *profile) explain(raw string, keys *JWKSet, expectations []byte) (*Explanation, error) {
	if keys == nil {
		return nil, errNoKeys
	}
	defer runtime.KeepAlive(keys)
	if err := p.expect(expectations); err != nil {
		return nil, err
	}
	if keys.instance != p.instance {
		return nil, module.ErrTrapped
	}
	now := p.clock
	if now == nil {
		now = time.Now
	}
	var explanation *Explanation
	var problem error
	var at time.Time
	verification := verification{
		home: p.instance, verifier: p.coreVerifier, keys: keys.loadedKeys, raw: raw, mode: modeExplain,
		now: func() time.Time { at = now(); return at },
		concluded: func(instance *module.Instance, status module.Status) {
			if status == module.Done {
				seconds, nanoseconds := instant(at)
				place := instance.Octets(expectations)[0]
				status = module.Status(instance.Xverijot_profile_explain(
					p.number, place.Address, place.Length, seconds, nanoseconds))
			}
			if status != module.Done {
				problem = unexpected(instance, status)
				return
			}
			explanation, problem = explanationOf(instance.AnswerView())
		},
	}
	err := verification.run()
	if err == nil {
		err = problem
	}
	if err != nil {
		return nil, err
	}
	return explanation, nil
}

// nothing is the document of a call that expects nothing.
var nothing = []byte("{}")
