package verijot

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// An AccessTokenClient verifies access tokens of RFC 9068 with the keys of one issuer, and guards routes with them as a
// [Client] does. [AccessTokenVerifier.WithKeys] makes one. It is safe for concurrent use.
type AccessTokenClient struct {
	verifier     *AccessTokenVerifier
	keys         Keys
	expectations []byte
}

// WithKeys gives this verifier with its keys, for guards: a [*JWKSet] that is never fetched, or a [*Client], whose own
// policy is not applied. Every request then needs such a login; a guard may demand more. The error is a [*SetupError]
// for a login that makes no sense.
func (v *AccessTokenVerifier) WithKeys(keys Keys, stepUp StepUp) (*AccessTokenClient, error) {
	defer runtime.KeepAlive(v)
	if module.IsNil(keys) {
		return nil, errNoKeys
	}
	expectations, err := stepUp.write()
	if err != nil {
		return nil, err
	}
	if err := v.profile.expect(expectations); err != nil {
		return nil, err
	}
	return &AccessTokenClient{v, keys, expectations}, nil
}

// Verify verifies an access token as [AccessTokenVerifier.Verify] does.
func (c *AccessTokenClient) Verify(ctx context.Context, raw string) (*AccessToken, error) {
	defer runtime.KeepAlive(c)
	found, err := c.verifier.profile.verify(ctx, raw, c.keys, c.expectations)
	if err != nil {
		return nil, err
	}
	claims, err := newCheckedClaims(found)
	if err != nil {
		return nil, err
	}
	return &AccessToken{claims}, nil
}

// Middleware lets only requests with a good token on to a handler, which finds it by [FromContext].
func (c *AccessTokenClient) Middleware(handler http.Handler) http.Handler {
	return protected(c, c.logger(), handler)
}

// Guarded makes middleware as [Client.Guarded] does.
func (c *AccessTokenClient) Guarded(options ...GuardOption) (func(http.Handler) http.Handler, error) {
	return guarded(c, c.logger(), options)
}

func (c *AccessTokenClient) admit(ctx context.Context, raw string, check func(*Token, clock) error) (*Token, error) {
	defer runtime.KeepAlive(c)
	further := func(found *checked) error {
		if check == nil {
			return nil
		}
		return check(found.token, func() time.Time { return found.at })
	}
	found, err := c.verifier.profile.admit(ctx, raw, c.keys, c.expectations, further)
	if err != nil {
		return nil, err
	}
	return found.token, nil
}

func (c *AccessTokenClient) logger() *slog.Logger {
	if client, isClient := c.keys.(*Client); isClient {
		return client.logger
	}
	return nil
}
