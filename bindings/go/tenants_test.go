package verijot_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

const tenantsPolicy = `{"issuers":["https://named.example",
	{"template":"https://login.example/{tenant}/v2.0","claim":"tid","tenants":null}],"audiences":["` + audience + `"]}`

func tenantsOf(t testing.TB, options ...verijot.VerifierOption) *verijot.Verifier {
	t.Helper()
	verifier, err := verijot.NewVerifierFromPolicy([]byte(tenantsPolicy), options...)
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func mintOf(key *verijottest.Key, tenant string, claims map[string]any) string {
	all := map[string]any{"tid": tenant}
	for name, value := range claims {
		all[name] = value
	}
	return key.Mint("https://login.example/"+tenant+"/v2.0", audience, all)
}

func TestATenantThatComesAtRunTimeMustBeKnown(t *testing.T) {
	key := verijottest.NewKey("EdDSA")
	keys := keysOf(t, key)
	t1, t2 := mintOf(key, "t1", nil), mintOf(key, "t2", nil)
	for _, remembered := range []int{0, 4} {
		var asked []string
		known := "t1"
		isKnown := func(_ context.Context, tenant string) (bool, error) {
			asked = append(asked, tenant)
			return tenant == known, nil
		}
		verifier := tenantsOf(t, verijot.WithKnownTenants(isKnown), verijot.WithTokenCache(remembered))
		for range 2 {
			if _, err := verifier.Verify(t1, keys); err != nil {
				t.Error(err)
			}
			_, err := verifier.Verify(t2, keys)
			var refused *verijot.Error
			if !errors.As(err, &refused) || refused.Code != verijot.ErrWrongIssuer || refused.Claim != "iss" ||
				!strings.Contains(refused.Expected, "{tenant}") || refused.HTTPStatus() != 401 {
				t.Errorf("%#v", err)
			}
		}
		if expected := []string{"t1", "t2", "t1", "t2"}; !reflect.DeepEqual(asked, expected) {
			t.Errorf("asked about %v", asked)
		}
		known = "t2"
		if _, err := verifier.Verify(t1, keys); !errors.Is(err, verijot.ErrWrongIssuer) {
			t.Error(err)
		}
		if _, err := verifier.Verify(t2, keys); err != nil {
			t.Error(err)
		}
		asked = nil
		if _, err := verifier.Verify(key.Mint("https://named.example", audience, nil), keys); err != nil {
			t.Error(err)
		}
		if _, err := verifier.Verify(mintOf(key, "t1", map[string]any{"aud": "x"}), keys); !errors.Is(err, verijot.ErrWrongAudience) {
			t.Error(err)
		}
		if asked != nil {
			t.Errorf("asked about %v", asked)
		}
	}
}

func TestAnErrorAboutATenantIsReturned(t *testing.T) {
	key := verijottest.NewKey("EdDSA")
	keys, raw, fault := keysOf(t, key), mintOf(key, "t1", nil), errors.New("no database")
	type mark struct{}
	for _, answer := range []bool{true, false} {
		verifier := tenantsOf(t, verijot.WithKnownTenants(func(ctx context.Context, _ string) (bool, error) {
			if ctx.Value(mark{}) == nil {
				t.Error("another context")
			}
			return answer, fault
		}))
		token, err := verifier.VerifyContext(context.WithValue(background, mark{}, 1), raw, keys)
		if err != fault || token != nil {
			t.Error(token, err)
		}
	}
}

func TestTheCallerIsAskedAboutTenantsBeforeRevocation(t *testing.T) {
	key := verijottest.NewKey("EdDSA")
	keys := keysOf(t, key)
	revocations := 0
	known := verijot.WithKnownTenants(func(_ context.Context, tenant string) (bool, error) { return tenant == "t1", nil })
	revoked := verijot.WithRevocations(verijot.RevocationsFunc(func(context.Context, *verijot.Token) (bool, error) {
		revocations++
		return true, nil
	}))
	client, err := verijot.NewClientFor(background, verijot.FixedKeys(keys), tenantsOf(t, known, revoked))
	if err != nil {
		t.Fatal(err)
	}
	settings := strings.Replace(tenantsPolicy, "{", `{"profile":"access-token",`, 1)
	accessTokens, err := verijot.NewAccessTokenVerifierFromSettings([]byte(settings), known, revoked)
	if err != nil {
		t.Fatal(err)
	}
	of := func(tenant string) string {
		payload := fmt.Sprintf(`{"iss":"https://login.example/%[1]s/v2.0","tid":"%[1]s","aud":"%[2]s","sub":"user",
			"client_id":"app","jti":"one","iat":%[3]d,"exp":%[4]d}`, tenant, audience, time.Now().Unix(), time.Now().Unix()+60)
		return key.SignAs("at+jwt", []byte(payload))
	}
	for name, verify := range map[string]func(string) error{
		"client": func(raw string) error { _, err := client.Verify(background, raw); return err },
		"profile": func(raw string) error {
			_, err := accessTokens.Verify(background, raw, keys, verijot.AnyLogin())
			return err
		},
	} {
		if err := verify(of("t2")); !errors.Is(err, verijot.ErrWrongIssuer) || revocations != 0 {
			t.Errorf("%s: %v", name, err)
		}
		if err := verify(of("t1")); !errors.Is(err, verijot.ErrRevoked) || revocations != 1 {
			t.Errorf("%s: %v", name, err)
		}
		revocations = 0
	}
	guarded, err := client.Guarded(verijot.RequireScopes("notes:read"))
	if err != nil {
		t.Fatal(err)
	}
	for tenant, status := range map[string]int{"t1": 403, "t2": 401} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("Authorization", "Bearer "+of(tenant))
		answer := httptest.NewRecorder()
		guarded(http.NotFoundHandler()).ServeHTTP(answer, request)
		if answer.Code != status || revocations != 0 {
			t.Errorf("%s: %d", tenant, answer.Code)
		}
	}
}
