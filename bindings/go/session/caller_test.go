package session_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/session"
)

type keeper struct {
	load func(context.Context) (*session.Tokens, error)
}

func (k *keeper) Load(ctx context.Context) (*session.Tokens, error) { return k.load(ctx) }
func (*keeper) Store(context.Context, session.Tokens) error         { return nil }
func (*keeper) Remove(context.Context) error                        { return nil }

func refused(context.Context, string, int) (session.Tokens, error) {
	return session.Tokens{}, &session.RefreshFailedError{Status: 400, Body: []byte(`{"error":"invalid_grant"}`)}
}

func TestWithoutOriginsNoneIsAllowed(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was sent") }))
	defer server.Close()
	tokens, err := session.New(refused, session.WithAllowedOrigins())
	if err != nil {
		t.Fatal(err)
	}
	if err := tokens.SignIn(context.Background(), session.Tokens{AccessToken: "secret"}); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Client(server.Client()).Get(server.URL); !errors.Is(err, verijot.ErrUnsafeURL) {
		t.Error(err)
	}
}

func TestWhatPanicsEndsNoProcess(t *testing.T) {
	broken := &keeper{func(context.Context) (*session.Tokens, error) { panic("keeper") }}
	tokens, err := session.New(refused, session.WithKeeper(broken), session.WithEvents(func(session.Event) { panic("listener") }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.AccessToken(context.Background()); !errors.Is(err, verijot.ErrSignInNeeded) {
		t.Error(err)
	}
	none := time.Duration(0)
	if err := tokens.SignIn(context.Background(), session.Tokens{AccessToken: "a", RefreshToken: "r", ExpiresIn: &none}); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.AccessToken(context.Background()); !errors.Is(err, verijot.ErrSignInNeeded) {
		t.Error(err)
	}
}

// failing are clocks that panic as long as they fail.
type failing struct{ fails atomic.Bool }

func (f *failing) now() time.Time {
	if f.fails.Load() {
		panic("clock")
	}
	return time.Now()
}

func (f *failing) elapsed() time.Duration {
	if f.fails.Load() {
		panic("clock")
	}
	return time.Since(begun)
}

var begun = time.Now().Add(-time.Hour)

func TestAClockThatPanicsIsAnError(t *testing.T) {
	var clock failing
	fail := func(context.Context, string, int) (session.Tokens, error) {
		clock.fails.Store(true)
		return session.Tokens{}, errors.New("no answer")
	}
	ctx, none := context.Background(), time.Duration(0)
	tokens, err := session.New(fail, session.WithClocks(clock.now, clock.elapsed))
	if err != nil {
		t.Fatal(err)
	}
	expired := session.Tokens{AccessToken: "a", RefreshToken: "r", ExpiresIn: &none}
	if err := tokens.SignIn(ctx, expired); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.AccessToken(ctx); !errors.Is(err, verijot.ErrRefreshUnavailable) {
		t.Error(err)
	}
	if _, err := tokens.Client(nil).Get("https://api.example"); !errors.Is(err, verijot.ErrRefreshUnavailable) {
		t.Error(err)
	}
	if err := tokens.SignIn(ctx, expired); !errors.Is(err, verijot.ErrRefreshUnavailable) {
		t.Error(err)
	}
	if health := tokens.Health(ctx); !health.IsSignedIn || health.Failures != 1 {
		t.Error(health)
	}
}

func TestTokensThatArriveWhileAClockPanicsAreNotLost(t *testing.T) {
	var clock failing
	renew := func(context.Context, string, int) (session.Tokens, error) {
		clock.fails.Store(true)
		return session.Tokens{AccessToken: "new", RefreshToken: "s"}, nil
	}
	ctx, none := context.Background(), time.Duration(0)
	tokens, err := session.New(renew, session.WithClocks(clock.now, clock.elapsed))
	if err != nil {
		t.Fatal(err)
	}
	if err := tokens.SignIn(ctx, session.Tokens{AccessToken: "a", RefreshToken: "r", ExpiresIn: &none}); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.AccessToken(ctx); !errors.Is(err, verijot.ErrRefreshUnavailable) {
		t.Error(err)
	}
	clock.fails.Store(false)
	if token, err := tokens.AccessToken(ctx); token != "new" || err != nil {
		t.Error(token, err)
	}
}

type cannotSay struct{ session.Keeper }

func (cannotSay) CanStore() bool { panic("keeper") }

func TestAKeeperThatCannotSayWhetherItStoresDoesNot(t *testing.T) {
	tokens, err := session.New(refused, session.WithKeeper(cannotSay{session.MemoryKeeper()}))
	if err != nil {
		t.Fatal(err)
	}
	none := time.Duration(0)
	if err := tokens.SignIn(context.Background(), session.Tokens{AccessToken: "a", RefreshToken: "r", ExpiresIn: &none}); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.AccessToken(context.Background()); !errors.Is(err, verijot.ErrStorageNeeded) {
		t.Error(err)
	}
}

func TestNilAndSecondOptionsAreRefused(t *testing.T) {
	var none *keeper
	tell := func(session.Event) {}
	for name, options := range map[string][]session.Option{
		"nil keeper":  {session.WithKeeper(nil)},
		"typed nil":   {session.WithKeeper(none)},
		"two keepers": {session.WithKeeper(session.MemoryKeeper()), session.WithKeeper(session.MemoryKeeper())},
		"nil events":  {session.WithEvents(nil)},
		"two events":  {session.WithEvents(tell), session.WithEvents(tell)},
		"nil clocks":  {session.WithClocks(nil, nil)},
		"two skews":   {session.WithSkew(time.Second), session.WithSkew(time.Minute)},
		"no origin":   {session.WithAllowedOrigins("nowhere")},
	} {
		if tokens, err := session.New(refused, options...); tokens != nil || err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestADeadlineHoldsBehindALoadWithoutOne(t *testing.T) {
	release := make(chan struct{})
	slow := &keeper{func(context.Context) (*session.Tokens, error) {
		<-release
		return nil, nil
	}}
	tokens, err := session.New(refused, session.WithKeeper(slow))
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = tokens.AccessToken(context.Background())
	}()
	time.Sleep(50 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err = tokens.AccessToken(ctx)
	if waited := time.Since(begun); err == nil || waited > time.Second {
		t.Error(waited, err)
	}
	close(release)
	<-over
}
