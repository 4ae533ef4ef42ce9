package verijot

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// An ALBVerifier verifies the tokens of AWS Application Load Balancers (x-amzn-oidc-data), which are no JWTs: a
// [Verifier] accepts none of them. Make it once; it is safe for concurrent use.
type ALBVerifier struct{ core *albVerifier }

// ALBSettings say whose tokens are accepted.
type ALBSettings struct {
	// Signers are the ARNs of load balancers, one of which must have signed. Everybody else's have keys at the same
	// place.
	Signers []string
	// Clients are those as one of which the user must have signed in.
	Clients []string
	// AnyClient waives that check.
	AnyClient bool
	// Issuers are those at one of which the user must have signed in.
	Issuers []string
	// AnyIssuer waives that check.
	AnyIssuer bool
	// Leeway is how much clocks may differ; nil is 30 seconds.
	Leeway *time.Duration
	// Clock gives the time of day; nil is the clock of the keys.
	Clock func() time.Time
}

// NewALBVerifier makes a verifier. The error is a [*SetupError] if no load balancer is named, or for a list that is
// empty and not waived.
func NewALBVerifier(settings ALBSettings) (*ALBVerifier, error) {
	members := map[string]any{"signers": list(settings.Signers)}
	for name, names := range map[string]struct {
		names []string
		isAny bool
	}{"clients": {settings.Clients, settings.AnyClient}, "issuers": {settings.Issuers, settings.AnyIssuer}} {
		switch {
		case !names.isAny:
			members[name] = list(names.names)
		case len(names.names) > 0:
			return nil, invalidPolicy(name, "the check is waived, and there are names as well")
		default:
			members[name] = nil
		}
	}
	if settings.Leeway != nil {
		members["leeway"] = span(*settings.Leeway)
	}
	document, err := json.Marshal(members)
	if err != nil {
		return nil, invalidPolicy("", err.Error())
	}
	return NewALBVerifierFromSettings(document, settings.Clock)
}

// NewALBVerifierFromSettings makes a verifier for a document of settings, JSON. Without a clock, that of the keys is
// used. The error is a [*SetupError].
func NewALBVerifierFromSettings(json []byte, clock func() time.Time) (*ALBVerifier, error) {
	core := &albVerifier{coreVerifier: &coreVerifier{instance: module.Current()}, clock: clock}
	var problem error
	err := core.instance.Do(func() {
		place := core.instance.Octets(json)[0]
		if module.Status(core.instance.Xverijot_alb_verifier(place.Address, place.Length)) != module.Done {
			problem = setupErrorOf(core.instance.AnswerView())
			return
		}
		core.made(0)
	})
	if err == nil {
		err = problem
	}
	if err != nil {
		return nil, err
	}
	verifier := &ALBVerifier{core}
	runtime.AddCleanup(verifier, (*coreVerifier).drop, core.coreVerifier)
	return verifier, nil
}

// Verify verifies a token. Its keys are those of a client with [WithCertificates] and a URL of [KeysAt] with {kid} in
// it. The error is an [*Error] if any check fails.
func (v *ALBVerifier) Verify(ctx context.Context, raw string, keys Keys) (*ALBToken, error) {
	defer runtime.KeepAlive(v)
	return verifyBy[*ALBToken](ctx, keys, v.core, raw, v.core.clock)
}

// An ALBToken is what a load balancer says of a user. Only an [ALBVerifier] makes one.
type ALBToken struct {
	texts     [12]string
	expiresAt time.Time
}

// Signer gives the ARN of the load balancer that signed.
func (t *ALBToken) Signer() string { return t.texts[textSigner] }

// Client gives the client as which the user signed in at the issuer.
func (t *ALBToken) Client() string { return t.texts[textClient] }

// Issuer gives the issuer at which the user signed in, as the header says.
func (t *ALBToken) Issuer() string { return t.texts[textIssuer] }

// Subject gives sub: the user's name at the issuer; empty if there is none.
func (t *ALBToken) Subject() string { return t.texts[textSubject] }

// ExpiresAt gives exp of the header.
func (t *ALBToken) ExpiresAt() time.Time { return t.expiresAt }

// Algorithm gives alg of the header.
func (t *ALBToken) Algorithm() string { return t.texts[textAlgorithm] }

// KeyID gives kid of the header.
func (t *ALBToken) KeyID() string { return t.texts[textKeyID] }

// Header gives the header as JSON.
func (t *ALBToken) Header() []byte { return []byte(t.texts[textHeader]) }

// Payload gives the user's claims, octet for octet as they were signed: one JSON object.
func (t *ALBToken) Payload() []byte { return []byte(t.texts[textPayload]) }

// Claims reads the payload into a value, as [Token.Claims] does.
func (t *ALBToken) Claims(destination any) error { return claimsOf(t.Payload(), destination) }

// Format shows no claim.
func (t ALBToken) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "verijot.ALBToken{%s}", t.texts[textAlgorithm])
}

type albVerifier struct {
	*coreVerifier
	clock clock
}

func (v *albVerifier) verify(raw string, keys *loadedKeys, now clock, refused func(int32)) (*ALBToken, error) {
	if keys.instance != v.instance {
		return nil, module.ErrTrapped
	}
	var token *ALBToken
	var verdict error
	verification := verification{
		home: v.instance, verifier: v.coreVerifier,
		keys: keys, raw: raw, mode: modeJWT, now: now, refused: refused,
		concluded: func(instance *module.Instance, status module.Status) {
			switch status {
			case module.Done:
				token = acceptedALBToken(instance)
			case module.Refused:
				verdict = refusalAnd(instance, refused)
			default:
				verdict = unexpected(instance, status)
			}
		},
	}
	if err := verification.run(); err != nil {
		return nil, err
	}
	return token, verdict
}

// acceptedALBToken reads the token that the core has just accepted. The instance is locked.
func acceptedALBToken(instance *module.Instance) *ALBToken {
	token := new(ALBToken)
	for _, number := range []int{
		textPayload, textHeader, textAlgorithm, textKeyID, textIssuer, textSubject, textSigner, textClient,
	} {
		if module.Status(instance.Xverijot_accepted(int32(number))) == module.Done {
			token.texts[number] = instance.Answer()
			token.expiresAt = dateOf(instance.Number(0))
		}
	}
	return token
}

// The texts of verijot_accepted that only a load balancer's token has.
const (
	textSigner = 10
	textClient = 11
)
