package session

import (
	"context"
	"errors"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/verijot/verijot/bindings/go"
)

// Tokens are what a token endpoint issues (RFC 6749 §5.1).
type Tokens struct {
	// AccessToken is sent with requests as Authorization: Bearer.
	AccessToken string `json:"access_token"`
	// RefreshToken gets new tokens; without it the user signs in again when the access token expires.
	RefreshToken string `json:"refresh_token,omitempty"`
	// ExpiresIn is the access token's lifetime; nil if it is unknown: then it is used until a service refuses it.
	ExpiresIn *time.Duration `json:"expires_in,omitempty"`
	// IDToken is that of OpenID Connect, which is only kept with the others.
	IDToken string `json:"id_token,omitempty"`
	// IssuedAt is when they were issued. In a sign-in the zero time is now.
	IssuedAt time.Time `json:"issued_at"`
}

// String shows no token, so that a log that prints them by mistake holds nothing secret.
func (t Tokens) String() string { return "session.Tokens{…}" }

// GoString shows no token either.
func (t Tokens) GoString() string { return t.String() }

// A Keeper keeps the tokens of one client. If it also has a method CanStore() bool, that says whether tokens could
// be stored now; nothing is refreshed otherwise, nor if it panics.
type Keeper interface {
	// Load gives the tokens that are kept, with the time when they were issued; nil if there are none.
	Load(ctx context.Context) (*Tokens, error)
	// Store keeps new tokens in place of the old. It is called before the first request uses them: many refresh
	// tokens are good for one refresh, so these can be the only copy.
	Store(ctx context.Context, tokens Tokens) error
	// Remove removes the tokens.
	Remove(ctx context.Context) error
}

// MemoryKeeper keeps tokens in memory, until the process ends.
func MemoryKeeper() Keeper { return new(memoryKeeper) }

type memoryKeeper struct {
	lock   sync.Mutex
	tokens *Tokens
}

func (k *memoryKeeper) Load(context.Context) (*Tokens, error) {
	k.lock.Lock()
	defer k.lock.Unlock()
	return k.tokens, nil
}

func (k *memoryKeeper) Store(_ context.Context, tokens Tokens) error {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.tokens = &tokens
	return nil
}

func (k *memoryKeeper) Remove(context.Context) error {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.tokens = nil
	return nil
}

// check refuses tokens that cannot be sent.
func (t Tokens) check() error {
	switch {
	case !isSendable(t.AccessToken):
		return errors.New("verijot: the access token cannot be sent as a bearer token (RFC 6750 §2.1)")
	case !utf8.ValidString(t.RefreshToken):
		return errors.New("verijot: the refresh token is no text")
	case !utf8.ValidString(t.IDToken):
		return errors.New("verijot: the ID token is no text")
	case t.ExpiresIn != nil && *t.ExpiresIn < 0:
		return errors.New("verijot: the lifetime of the access token is negative")
	}
	return nil
}

// or gives the new tokens, with the old refresh token if there is no new one (RFC 6749 §6), and so the ID token.
func (t Tokens) or(old Tokens) Tokens {
	if t.RefreshToken == "" {
		t.RefreshToken = old.RefreshToken
	}
	if t.IDToken == "" {
		t.IDToken = old.IDToken
	}
	return t
}

// isSame says whether both are the same tokens, issued at the same time.
func (t Tokens) isSame(other *Tokens) bool {
	return other != nil && t.AccessToken == other.AccessToken && t.RefreshToken == other.RefreshToken &&
		t.IssuedAt.Equal(other.IssuedAt)
}

var bearer = sync.OnceValues(func() (*verijot.Guard, error) { return verijot.NewGuard() })

func isSendable(token string) bool {
	guard, err := bearer()
	if err != nil || !utf8.ValidString(token) {
		return false
	}
	read, _, err := guard.Token("Bearer " + token)
	return err == nil && read == token
}
