package verijot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

const (
	issuer   = "https://issuer.example"
	audience = "https://api.example"
)

func keysOf(t testing.TB, keys ...*verijottest.Key) *verijot.JWKSet {
	t.Helper()
	set, err := verijot.ParseJWKS(verijottest.JWKS(keys...))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func verifierOf(t testing.TB, options ...verijot.VerifierOption) *verijot.Verifier {
	t.Helper()
	verifier, err := verijot.NewVerifier(issuer, audience, options...)
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func TestATokenHasItsRegisteredClaims(t *testing.T) {
	now := time.Now().Unix()
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		key := verijottest.NewKey(algorithm)
		raw := key.Mint(issuer, audience, map[string]any{
			"sub": "wälder", "jti": "a\"b", "aud": []string{audience, "other"}, "nbf": now - 5, "iat": now - 5,
			"scope": "notes:read notes:write", "realm_access": map[string]any{"roles": []string{"admin"}},
			"exp": float64(now) + 3600.5,
		})
		token, err := verifierOf(t).Verify(raw, keysOf(t, key))
		if err != nil {
			t.Fatal(algorithm, err)
		}
		got := []any{
			token.Subject(), token.ID(), token.Issuer(), token.Audience(), token.Algorithm(), token.KeyID(),
			token.NotBefore().Unix(), token.IssuedAt().Unix(), token.ExpiresAt().UnixMilli(), token.Scopes(),
			token.HasScope("notes:read"), token.HasScope("notes"), token.Roles("realm_access", "roles"),
			token.HasRole("admin", "realm_access", "roles"), token.HasRole("admin", "roles"),
		}
		expected := []any{
			"wälder", "a\"b", issuer, []string{audience, "other"}, algorithm, "key",
			now - 5, now - 5, (now+3600)*1000 + 500, []string{"notes:read", "notes:write"},
			true, false, []string{"admin"}, true, false,
		}
		if !reflect.DeepEqual(got, expected) {
			t.Errorf("%s: %v instead of %v", algorithm, got, expected)
		}
		if shown := fmt.Sprintf("%v %+v %#v %s", token, token, token, token); strings.Contains(shown, "wälder") {
			t.Error("the token shows claims: " + shown)
		}
	}
}

func TestClaimsAreFoundUnderTheirExactNames(t *testing.T) {
	key := verijottest.NewKey("EdDSA")
	raw := key.Mint(issuer, audience, map[string]any{"role": "user", "ROLE": "admin", "SUB": "root", "level": 3})
	token, err := verifierOf(t).Verify(raw, keysOf(t, key))
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Subject string `json:"sub"`
		Role    string `json:"role"`
		Level   int    `json:"level"`
	}
	if err := token.Claims(&claims); err != nil || claims.Subject != "user" || claims.Role != "user" || claims.Level != 3 {
		t.Error(err, claims)
	}
	var mistyped struct {
		Level string `json:"level"`
	}
	var refused *verijot.Error
	if err := token.Claims(&mistyped); !errors.Is(err, verijot.ErrInvalidClaim) || !errors.As(err, &refused) || refused.Claim != "level" {
		t.Error(err)
	}
}

func TestErrorsSayWhy(t *testing.T) {
	key := verijottest.NewKey("EdDSA")
	raw := key.Mint(issuer, audience, map[string]any{"exp": time.Now().Unix() - 100, "iat": time.Now().Unix() - 200})
	_, err := verifierOf(t).Verify(raw, keysOf(t, key))
	var refused *verijot.Error
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if !errors.Is(err, verijot.ErrExpired) || !errors.Is(err, verijot.GroupInvalidToken) || errors.Is(err, verijot.ErrRevoked) || errors.Is(err, verijot.GroupUnavailable) {
		t.Error(err)
	}
	if refused.Claim != "exp" || refused.HTTPStatus() != 401 {
		t.Error(refused.Claim, refused.HTTPStatus())
	}
	if got := refused.WWWAuthenticate(""); !strings.HasPrefix(got, `Bearer error="invalid_token"`) {
		t.Error(got)
	}
	if got := refused.WWWAuthenticate("a realm"); !strings.HasPrefix(got, `Bearer realm="a realm", error="invalid_token"`) {
		t.Error(got)
	}
	if strings.Contains(err.Error(), raw[:20]) {
		t.Error("the error shows the token")
	}
}

func TestWhatIsSetUpWronglyIsRefused(t *testing.T) {
	make := func(issuer, audience string, options ...verijot.VerifierOption) error {
		_, err := verijot.NewVerifier(issuer, audience, options...)
		return err
	}
	for name, err := range map[string]error{
		"no issuer":            make("", audience),
		"no audience":          make(issuer, ""),
		"an empty audience":    make(issuer, audience, verijot.WithAudiences("")),
		"waived and named":     make(issuer, verijot.AnyAudience, verijot.WithAudiences(audience)),
		"negative leeway":      make(issuer, audience, verijot.WithLeeway(-1)),
		"no types":             make(issuer, audience, verijot.WithTypes()),
		"unknown algorithm":    make(issuer, audience, verijot.WithAlgorithms("none")),
		"no JSON":              make(issuer, audience, verijot.WithExpectedClaims(map[string]any{"a": func() {}})),
		"negative token cache": make(issuer, audience, verijot.WithTokenCache(-1)),
		"no time":              make(issuer, audience, verijot.WithRevocationTimeout(0)),
		"document": func() error {
			_, err := verijot.NewVerifierFromPolicy([]byte(`{"issuers": ["a"], "audiences": ["b"]}`), verijot.WithLeeway(1))
			return err
		}(),
	} {
		var setup *verijot.SetupError
		if !errors.As(err, &setup) || !errors.Is(err, verijot.ErrInvalidPolicy) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := make(verijot.AnyIssuer, verijot.AnyAudience); err != nil {
		t.Error(err)
	}
	if _, err := verijot.ParseJWKS([]byte(`[]`)); !errors.Is(err, verijot.GroupInvalidJWKS) {
		t.Error(err)
	}
	if _, err := verijot.ParsePEM([]byte("no PEM"), verijot.ForAlgorithms("ES256")); !errors.Is(err, verijot.GroupUnusableKey) {
		t.Error(err)
	}
	if _, err := verifierOf(t).Verify("a.b.c", nil); err == nil {
		t.Error("no keys")
	}
}

func TestThePolicyIsTheSameDocumentAsElsewhere(t *testing.T) {
	verifier := verifierOf(t,
		verijot.WithIssuers("https://other.example"), verijot.WithAnyType(), verijot.WithLeeway(1500*time.Millisecond),
		verijot.WithAlgorithms("ES256"), verijot.WithRequiredScopes("a"), verijot.WithRequiredRoles([]string{"x.y", "z"}, "r"),
		verijot.WithMaxLifetimeBy("track", map[string]time.Duration{"gold": time.Hour}, time.Minute),
		verijot.WithRequiredClaims("jti"), verijot.WithExpectedClaims(map[string]any{"tenant": 7}), verijot.WithMaxTokenOctets(9000))
	var document map[string]any
	if err := json.Unmarshal(verifier.Policy(), &document); err != nil {
		t.Fatal(err)
	}
	for member, expected := range map[string]any{
		"issuers": []any{issuer, "https://other.example"}, "types": nil, "leeway": "1.5", "required_scopes": []any{"a"},
		"expected_claims": map[string]any{"tenant": 7.0},
	} {
		if !reflect.DeepEqual(document[member], expected) {
			t.Errorf("%s: %v", member, document[member])
		}
	}
	if _, err := verijot.NewVerifierFromPolicy(verifier.Policy()); err != nil {
		t.Error(err)
	}
}

func TestASecretIsForTheAlgorithmsThatItIsLongEnoughFor(t *testing.T) {
	secret := []byte(strings.Repeat("s", 32))
	keys, err := verijot.FromSecret(secret, verijot.KeyID("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if got := keys.Keys(); len(got) != 1 || got[0].ID != "secret" || !reflect.DeepEqual(got[0].Algorithms, []string{"HS256"}) {
		t.Error(got)
	}
}

func TestAMultipleOfIssuers(t *testing.T) {
	one, two := verijottest.NewKey("EdDSA"), verijottest.NewKey("ES256")
	other, err := verijot.NewVerifier("https://other.example", audience)
	if err != nil {
		t.Fatal(err)
	}
	set, err := verijot.NewVerifierSet(verijot.Member{Verifier: verifierOf(t), Keys: keysOf(t, one)}, verijot.Member{Verifier: other, Keys: keysOf(t, two)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Verify(one.Mint(issuer, audience, nil)); err != nil {
		t.Error(err)
	}
	if _, err := set.Verify(two.Mint("https://other.example", audience, nil)); err != nil {
		t.Error(err)
	}
	// Keys of one issuer say nothing about another's tokens.
	if _, err := set.Verify(two.Mint(issuer, audience, nil)); !errors.Is(err, verijot.GroupInvalidToken) {
		t.Error(err)
	}
	if _, err := set.Verify(two.Mint("https://third.example", audience, nil)); !errors.Is(err, verijot.ErrWrongIssuer) {
		t.Error(err)
	}
	if _, err := verijot.NewVerifierSet(); !errors.Is(err, verijot.ErrInvalidPolicy) {
		t.Error(err)
	}
	if _, err := verijot.NewVerifierSet(verijot.Member{Verifier: other, Keys: keysOf(t, two)}, verijot.Member{Verifier: other, Keys: keysOf(t, two)}); err == nil {
		t.Error("the same issuer twice")
	}
}

func TestRevocationFailsClosed(t *testing.T) {
	key := verijottest.NewKey("EdDSA")
	raw, keys := key.Mint(issuer, audience, nil), keysOf(t, key)
	lost := errors.New("the database is lost")
	for name, one := range map[string]struct {
		check    verijot.RevocationsFunc
		expected error
	}{
		"clear":   {func(context.Context, *verijot.Token) (bool, error) { return false, nil }, nil},
		"revoked": {func(context.Context, *verijot.Token) (bool, error) { return true, nil }, verijot.ErrRevoked},
		"lost":    {func(context.Context, *verijot.Token) (bool, error) { return false, lost }, verijot.ErrRevocationUnavailable},
		"both":    {func(context.Context, *verijot.Token) (bool, error) { return true, lost }, verijot.ErrRevocationUnavailable},
		"panics":  {func(context.Context, *verijot.Token) (bool, error) { panic("a fault") }, verijot.ErrRevocationUnavailable},
		"hangs":   {func(context.Context, *verijot.Token) (bool, error) { select {} }, verijot.ErrRevocationUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verifier := verifierOf(t, verijot.WithRevocations(one.check), verijot.WithRevocationTimeout(50*time.Millisecond))
			_, err := verifier.Verify(raw, keys)
			if !errors.Is(err, one.expected) {
				t.Fatal(err)
			}
			var refused *verijot.Error
			if errors.As(err, &refused) && refused.Code == verijot.ErrRevocationUnavailable && refused.HTTPStatus() != 503 {
				t.Error(refused.HTTPStatus())
			}
			if name == "lost" && !errors.Is(err, lost) {
				t.Error("the cause is missing")
			}
		})
	}
}

func TestTheTokenCacheChecksDatesAndKeys(t *testing.T) {
	key := verijottest.NewKey("EdDSA")
	now := time.Now()
	verifier := verifierOf(t, verijot.WithTokenCache(2), verijot.WithClock(func() time.Time { return now }))
	raw, keys := key.Mint(issuer, audience, nil), keysOf(t, key)
	first, err := verifier.Verify(raw, keys)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := verifier.Verify(raw, keys); again != first || err != nil {
		t.Error("the token is not remembered", err)
	}
	for range 5 {
		if _, err := verifier.Verify(key.Mint(issuer, audience, map[string]any{"jti": fmt.Sprint(time.Now().UnixNano())}), keys); err != nil {
			t.Error(err)
		}
	}
	if _, err := verifier.Verify(raw, keys); err != nil {
		t.Error(err)
	}
	other := verijottest.NewKey("EdDSA")
	if _, err := verifier.Verify(raw, keysOf(t, other)); !errors.Is(err, verijot.ErrInvalidSignature) {
		t.Error(err)
	}
	now = now.Add(2 * time.Hour)
	if _, err := verifier.Verify(raw, keys); !errors.Is(err, verijot.ErrExpired) {
		t.Error(err)
	}
}

func TestWhatIsClosedVerifiesNothing(t *testing.T) {
	key := verijottest.NewKey("EdDSA")
	verifier, keys := verifierOf(t), keysOf(t, key)
	raw := key.Mint(issuer, audience, nil)
	keys.Close()
	keys.Close()
	if _, err := verifier.Verify(raw, keys); err == nil {
		t.Error("closed keys verify")
	}
	verifier.Close()
	verifier.Close()
	if _, err := verifier.Verify(raw, keysOf(t, key)); err == nil {
		t.Error("a closed verifier verifies")
	}
}

func TestManyGoroutinesMakeAndDropVerifiers(t *testing.T) {
	key := verijottest.NewKey("EdDSA")
	raw := key.Mint(issuer, audience, nil)
	var group sync.WaitGroup
	for range 50 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 20 {
				verifier, keys := verifierOf(t, verijot.WithTokenCache(1)), keysOf(t, key)
				if _, err := verifier.Verify(raw, keys); err != nil {
					t.Error(err)
				}
			}
			runtime.GC()
		}()
	}
	group.Wait()
}
