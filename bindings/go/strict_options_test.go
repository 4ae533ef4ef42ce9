package verijot_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
)

func TestDemandsOfSeveralOptionsAddUp(t *testing.T) {
	issuer := issuerOf(t)
	raw := issuer.Mint(audience, map[string]any{"sub": "a", "jti": "1", "scope": "read"})
	for name, options := range map[string][]verijot.ClientOption{
		"scopes":          {verijot.WithRequiredScopes("admin"), verijot.WithRequiredScopes("read")},
		"scopes, backs":   {verijot.WithRequiredScopes("read"), verijot.WithRequiredScopes("admin")},
		"claims":          {verijot.WithRequiredClaims("nope"), verijot.WithRequiredClaims("jti")},
		"expected claims": {verijot.WithExpectedClaims(map[string]any{"tenant": "x"}), verijot.WithExpectedClaims(map[string]any{"sub": "a"})},
		"revocations":     {verijot.WithRevocations(revoking(true)), verijot.WithRevocations(revoking(false))},
		"revocations, 2":  {verijot.WithRevocations(revoking(false)), verijot.WithRevocations(revoking(true))},
	} {
		if _, err := clientOf(t, issuer, options...).Verify(context.Background(), raw); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	good := clientOf(t, issuer, verijot.WithRequiredScopes("read"), verijot.WithRequiredScopes("read"),
		verijot.WithExpectedClaims(map[string]any{"sub": "a"}), verijot.WithExpectedClaims(map[string]any{"jti": "1", "sub": "a"}))
	if _, err := good.Verify(context.Background(), raw); err != nil {
		t.Error(err)
	}
}

func revoking(is bool) verijot.Revocations {
	return verijot.RevocationsFunc(func(context.Context, *verijot.Token) (bool, error) { return is, nil })
}

func TestASecondOptionNeverSilentlyWins(t *testing.T) {
	one, other := verijot.NewVerifier("https://a.example", "b", verijot.WithRequiredScopes(), verijot.WithRequiredScopes("a"))
	if one != nil || !errors.Is(other, verijot.ErrInvalidPolicy) {
		t.Error("no scopes, and one:", other)
	}
	var nobody verijot.RevocationsFunc
	for name, options := range map[string][]verijot.ClientOption{
		"types":               {verijot.WithTypes("at+jwt"), verijot.WithTypes("JWT")},
		"max_age":             {verijot.WithMaxAge(time.Minute), verijot.WithMaxAge(time.Hour)},
		"max_lifetime":        {verijot.WithMaxLifetime(time.Minute), verijot.WithMaxLifetime(time.Hour)},
		"leeway":              {verijot.WithLeeway(0), verijot.WithLeeway(time.Hour)},
		"algorithms":          {verijot.WithAlgorithms("RS256"), verijot.WithAlgorithms("ES256")},
		"limits.token_octets": {verijot.WithMaxTokenOctets(1000), verijot.WithMaxTokenOctets(2000)},
		"expected_claims":     {verijot.WithExpectedClaims(map[string]any{"a": 1}), verijot.WithExpectedClaims(map[string]any{"a": "1"})},
		"nil revocations":     {verijot.WithRevocations(nil)},
		"typed nil":           {verijot.WithRevocations(nobody)},
		"nil tenants":         {verijot.WithKnownTenants(nil)},
		"revocation timeout":  {verijot.WithRevocationTimeout(1), verijot.WithRevocationTimeout(2)},
		"token cache":         {verijot.WithTokenCache(1), verijot.WithTokenCache(2)},
		"clock":               {verijot.WithClock(time.Now), verijot.WithClock(time.Now)},
		"fetch timeout":       {verijot.WithFetchTimeout(1e9), verijot.WithFetchTimeout(2e9)},
		"http client":         {verijot.WithHTTPClient(&http.Client{}), verijot.WithHTTPClient(&http.Client{})},
	} {
		client, err := verijot.NewClient(context.Background(), "https://a.example", "b", options...)
		var setup *verijot.SetupError
		if client != nil || !errors.As(err, &setup) {
			t.Errorf("%s: %v", name, err)
		} else if policy := strings.ContainsAny(name, "_") || name == "types" || name == "leeway" || name == "algorithms"; policy &&
			(setup.Member != name || setup.Code != verijot.ErrInvalidPolicy) {
			t.Errorf("%s: %+v", name, setup)
		}
	}
	if _, err := verijot.NewClient(context.Background(), "https://a.example", "b", verijot.WithMaxAge(1e9), verijot.WithMaxAge(1e9)); err != nil {
		t.Error("the same twice:", err)
	}
	set, err := verijot.NewIDTokenVerifier("https://a.example", "b", verijot.WithTrustedAudiences("a"), verijot.WithTrustedAudiences("c"))
	if set != nil || !errors.Is(err, verijot.ErrInvalidPolicy) {
		t.Error("profile:", err)
	}
	tokens, err := verijot.NewIDTokenVerifier("https://a.example", "b")
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := verijot.ParseJWKS([]byte(`{"keys":[]}`))
	if _, err := tokens.Verify(context.Background(), "", keys, verijot.AnyNonce().MaxAge(1e9).MaxAge(2e9)); !errors.Is(err, verijot.ErrInvalidPolicy) {
		t.Error("login:", err)
	}
}

func TestAGuardHasOnePlace(t *testing.T) {
	for name, options := range map[string][]verijot.GuardOption{
		"header and cookie": {verijot.TokenInHeader("x-t"), verijot.TokenInCookie("c")},
		"two headers":       {verijot.TokenInHeader("x-t"), verijot.TokenInHeader("x-u")},
		"two cookies":       {verijot.TokenInCookie("a"), verijot.TokenInCookie("b")},
		"two realms":        {verijot.Realm("a"), verijot.Realm("b")},
	} {
		if guard, err := verijot.NewGuard(options...); guard != nil || !errors.Is(err, verijot.ErrInvalidDemand) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnOptionalGuardOfAnotherClientHasNoToken(t *testing.T) {
	gateway, users := issuerOf(t), issuerOf(t)
	outer, err := clientOf(t, gateway).Guarded()
	if err != nil {
		t.Fatal(err)
	}
	inner, err := clientOf(t, users).Guarded(verijot.OptionalToken(), verijot.TokenInCookie("u"))
	if err != nil {
		t.Fatal(err)
	}
	handler := outer(inner(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		if verijot.FromContext(request.Context()) != nil {
			t.Error("another client's token")
		}
	})))
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Authorization", "Bearer "+gateway.Mint(audience, nil))
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusOK {
		t.Error(recorder.Code)
	}
}

func TestARequestThatIsKeptIsVerifiedAgain(t *testing.T) {
	issuer := issuerOf(t)
	var isRevoked atomic.Bool
	client := clientOf(t, issuer, verijot.WithRevocations(verijot.RevocationsFunc(
		func(context.Context, *verijot.Token) (bool, error) { return isRevoked.Load(), nil })))
	status := func(request *http.Request) int {
		recorder := httptest.NewRecorder()
		client.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(recorder, request)
		return recorder.Code
	}
	handler := client.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		isRevoked.Store(true)
		if code := status(request); code != http.StatusOK {
			t.Error("a guard of the same request: ", code)
		}
		time.Sleep(1100 * time.Millisecond)
		if code := status(request); code != http.StatusUnauthorized {
			t.Error("later: ", code)
		}
	}))
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Authorization", "Bearer "+issuer.Mint(audience, nil))
	handler.ServeHTTP(httptest.NewRecorder(), request)
	if !isRevoked.Load() {
		t.Error("refused at once")
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

func TestATransportThatPanicsIsNoAnswer(t *testing.T) {
	issuer := issuerOf(t)
	client := clientOf(t, issuer, verijot.WithHTTPClient(&http.Client{
		Transport: roundTrip(func(*http.Request) (*http.Response, error) { panic("transport") }),
	}))
	if _, err := client.Verify(context.Background(), issuer.Mint(audience, nil)); !errors.Is(err, verijot.ErrKeysUnavailable) {
		t.Error(err)
	}
}

func TestATransportThatIgnoresItsContextIsNotWaitedFor(t *testing.T) {
	issuer := issuerOf(t)
	release := make(chan struct{})
	defer close(release)
	hanging := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		<-release
		return nil, errors.New("too late")
	})}
	for name, closing := range map[string]bool{"time limit": false, "Close": true} {
		span := 300 * time.Millisecond
		if closing {
			span = time.Hour
		}
		client := clientOf(t, issuer, verijot.WithHTTPClient(hanging), verijot.WithFetchTimeout(span))
		results := make(chan error, 1)
		go func() {
			_, err := client.Verify(context.Background(), issuer.Mint(audience, nil))
			results <- err
		}()
		if closing {
			time.Sleep(100 * time.Millisecond)
			client.Close()
		}
		select {
		case err := <-results:
			if !errors.Is(err, verijot.ErrKeysUnavailable) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: it still waits", name)
		}
	}
}

func TestRevocationChecksThatNeverEndAreBounded(t *testing.T) {
	issuer := issuerOf(t)
	release := make(chan struct{})
	var asked atomic.Int32
	client := clientOf(t, issuer, verijot.WithRevocationTimeout(time.Millisecond), verijot.WithRevocations(
		verijot.RevocationsFunc(func(context.Context, *verijot.Token) (bool, error) {
			asked.Add(1)
			<-release
			return false, nil
		})))
	raw := issuer.Mint(audience, nil)
	if err := client.Ready(context.Background()); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			for range 300 {
				if _, err := client.Verify(context.Background(), raw); !errors.Is(err, verijot.ErrRevocationUnavailable) {
					t.Error(err)
				}
			}
		}()
	}
	all.Wait()
	if asked.Load() > 1004 {
		t.Error("asked", asked.Load(), "times")
	}
	close(release)
}

func TestAClosedSetVerifiesNothing(t *testing.T) {
	issuer := issuerOf(t)
	keys, err := verijot.ParseJWKS(issuer.JWKS())
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := verijot.NewVerifier(issuer.URL, audience, verijot.WithTokenCache(4))
	if err != nil {
		t.Fatal(err)
	}
	raw := issuer.Mint(audience, nil)
	if _, err := verifier.Verify(raw, keys); err != nil {
		t.Fatal(err)
	}
	keys.Close()
	for range 2 {
		if _, err := verifier.Verify(raw, keys); err == nil {
			t.Error("accepted")
		}
	}
}
