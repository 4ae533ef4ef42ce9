package verijot_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

const clientID = "client-id"

var background = context.Background()

func idTokensOf(t testing.TB, options ...verijot.ProfileOption) *verijot.IDTokenVerifier {
	t.Helper()
	verifier, err := verijot.NewIDTokenVerifier(issuer, clientID, options...)
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func windowOf(t testing.TB, capacity int) *verijot.ReplayWindow {
	t.Helper()
	window, err := verijot.NewReplayWindow(capacity)
	if err != nil {
		t.Fatal(err)
	}
	return window
}

func setupErrorAt(t testing.TB, err error, member string) {
	t.Helper()
	var setup *verijot.SetupError
	if !errors.As(err, &setup) || setup.Code != verijot.ErrInvalidPolicy || setup.Member != member {
		t.Errorf("%v instead of invalid_policy at %q", err, member)
	}
}

func TestAnIDTokenBelongsToALogin(t *testing.T) {
	key := verijottest.NewKey("ES256")
	keys, now := keysOf(t, key), time.Now().Truncate(time.Second)
	raw := key.Mint(issuer, clientID, map[string]any{
		"nonce": "n-0S6", "sid": "s1", "auth_time": now.Unix() - 60, "acr": "gold", "amr": []string{"pwd", "otp"},
		"azp": clientID, "email": "ada@example.com",
	})
	idTokens := idTokensOf(t, verijot.WithClock(func() time.Time { return now }))
	token, err := idTokens.Verify(background, raw, keys, verijot.WithNonce("n-0S6").MaxAge(10*time.Minute).ACR("gold"))
	if err != nil {
		t.Fatal(err)
	}
	got := []any{
		token.Issuer(), token.Subject(), token.Session(), token.AuthenticatedAt(), token.AuthenticationContext(),
		token.AuthenticationMethods(), token.AuthorizedParty(), token.Token().KeyID(),
	}
	expected := []any{
		issuer, "user", "s1", now.Add(-time.Minute), "gold", []string{"pwd", "otp"}, clientID, "key",
	}
	if !reflect.DeepEqual(got, expected) {
		t.Errorf("%v instead of %v", got, expected)
	}
	if bytes.Contains(token.Checked(), []byte("email")) || !bytes.Contains(token.Token().Payload(), []byte("email")) {
		t.Errorf("%s", token.Checked())
	}
	for name, refused := range map[string]struct {
		login verijot.Login
		code  error
		claim string
	}{
		"other nonce": {verijot.WithNonce("n-0S7"), verijot.ErrWrongClaim, "nonce"},
		"no nonce":    {verijot.WithoutNonce(), verijot.ErrUnexpectedClaim, "nonce"},
		"too old":     {verijot.AnyNonce().MaxAge(time.Second), verijot.ErrAuthenticationTooOld, "auth_time"},
		"weak":        {verijot.AnyNonce().ACR("platinum"), verijot.ErrWrongClaim, "acr"},
		"no at_hash":  {verijot.AnyNonce().AccessToken("a", verijot.FrontChannel), verijot.ErrMissingClaim, "at_hash"},
		"no c_hash":   {verijot.AnyNonce().Code("c", verijot.FrontChannel), verijot.ErrMissingClaim, "c_hash"},
		"no s_hash":   {verijot.AnyNonce().RequiredState("s"), verijot.ErrMissingClaim, "s_hash"},
	} {
		_, err := idTokens.Verify(background, raw, keys, refused.login)
		var refusal *verijot.Error
		if !errors.As(err, &refusal) || !errors.Is(err, refused.code) || refusal.Claim != refused.claim {
			t.Errorf("%s: %v", name, err)
		}
		explanation, explained := idTokens.Explain(raw, keys, refused.login)
		if explained != nil || fmt.Sprint(explanation.Err) != fmt.Sprint(err) {
			t.Errorf("%s: explained as %v, %v", name, explanation, explained)
		}
	}
	refreshed := key.Mint(issuer, clientID, map[string]any{"sub": "other"})
	for _, login := range []verijot.Login{verijot.RefreshOf(token), verijot.RefreshOfClaims(token.Token().Payload())} {
		if _, err := idTokens.Verify(background, raw, keys, login); err != nil {
			t.Error(err)
		}
		if _, err := idTokens.Verify(background, refreshed, keys, login); !errors.Is(err, verijot.ErrWrongClaim) {
			t.Error(err)
		}
	}
	if _, err := idTokens.Verify(background, refreshed, keys, verijot.AnyNonce().SecondOf(token)); !errors.Is(err, verijot.ErrWrongClaim) {
		t.Error(err)
	}
}

func TestNothingIsAssumedOfALogin(t *testing.T) {
	key := verijottest.NewKey("ES256")
	keys, raw := keysOf(t, key), key.Mint(issuer, clientID, nil)
	idTokens := idTokensOf(t)
	for name, misuse := range map[string]struct {
		login  verijot.Login
		member string
	}{
		"zero":             {verijot.Login{}, "nonce"},
		"empty nonce":      {verijot.WithNonce(""), "nonce"},
		"refresh of nil":   {verijot.RefreshOf(nil), "refresh_of"},
		"refresh of zero":  {verijot.RefreshOf(&verijot.IDToken{}), "refresh_of"},
		"refresh of junk":  {verijot.RefreshOfClaims([]byte("{")), "refresh_of"},
		"two channels":     {verijot.AnyNonce().Code("c", verijot.FrontChannel).AccessToken("t", verijot.BackChannel), "channel"},
		"unknown channel":  {verijot.AnyNonce().Code("c", "side"), "channel"},
		"document, method": {verijot.LoginOf([]byte(`{"any_nonce":true}`)).State("s"), ""},
		"empty document":   {verijot.LoginOf(nil), ""},
	} {
		_, err := idTokens.Verify(background, raw, keys, misuse.login)
		var setup *verijot.SetupError
		if !errors.As(err, &setup) || setup.Code != verijot.ErrInvalidPolicy || setup.Member != misuse.member {
			t.Errorf("%s: %v", name, err)
		}
		// The mistake does not depend on the token.
		if _, bad := idTokens.Verify(background, "junk", keys, misuse.login); fmt.Sprint(bad) != fmt.Sprint(err) {
			t.Errorf("%s: %v", name, bad)
		}
	}
	login := verijot.WithNonce("secret-nonce").AccessToken("secret-token", verijot.BackChannel)
	if text := fmt.Sprintf("%v %+v %#v %s", login, login, login, &login); strings.Contains(text, "secret") {
		t.Error(text)
	}
	// A login is a value: what is made of it does not change it.
	begin := verijot.WithoutNonce()
	_ = begin.ACR("gold")
	token, err := idTokens.Verify(background, raw, keys, begin)
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v", token, token, token); strings.Contains(text, "user") {
		t.Error(text)
	}
	for _, none := range []verijot.Keys{nil, (*verijot.JWKSet)(nil), (*verijot.Client)(nil)} {
		if _, err := idTokens.Verify(background, raw, none, begin); err == nil {
			t.Error("accepted without keys")
		}
	}
}

func TestEveryKindOfTokenHasARevocationCheck(t *testing.T) {
	key := verijottest.NewKey("ES256")
	keys := keysOf(t, key)
	answers := []error{errors.New("no connection"), nil}
	revocations := verijot.RevocationsFunc(func(context.Context, *verijot.Token) (bool, error) {
		answer := answers[0]
		answers = answers[1:]
		return false, answer
	})
	logoutTokens, err := verijot.NewLogoutTokenVerifier(issuer, clientID, verijot.WithRevocations(revocations))
	if err != nil {
		t.Fatal(err)
	}
	raw := key.Mint(issuer, clientID, map[string]any{
		"jti": "1", "sid": "s",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	})
	window := windowOf(t, 10)
	if _, err := logoutTokens.Verify(background, raw, keys, window); !errors.Is(err, verijot.ErrRevocationUnavailable) {
		t.Error(err)
	}
	// The token was not admitted, so the sender can present it again.
	if _, err := logoutTokens.Verify(background, raw, keys, window); err != nil {
		t.Error(err)
	}
	revoked := verijot.RevocationsFunc(func(context.Context, *verijot.Token) (bool, error) { return true, nil })
	idTokens := idTokensOf(t, verijot.WithRevocations(revoked))
	raw = key.Mint(issuer, clientID, map[string]any{"nonce": "n1"})
	if _, err := idTokens.Verify(background, raw, keys, verijot.WithNonce("n1")); !errors.Is(err, verijot.ErrRevoked) {
		t.Error(err)
	}
	// The caller is asked last.
	if _, err := idTokens.Verify(background, raw, keys, verijot.WithNonce("n2")); !errors.Is(err, verijot.ErrWrongClaim) {
		t.Error(err)
	}
}

func TestACachedTokenIsCheckedForEachLogin(t *testing.T) {
	key := verijottest.NewKey("ES256")
	keys := keysOf(t, key)
	idTokens := idTokensOf(t, verijot.WithTokenCache(4))
	raw := key.Mint(issuer, clientID, map[string]any{"nonce": "n1"})
	for range 2 {
		if _, err := idTokens.Verify(background, raw, keys, verijot.WithNonce("n2")); !errors.Is(err, verijot.ErrWrongClaim) {
			t.Error(err)
		}
		if token, err := idTokens.Verify(background, raw, keys, verijot.WithNonce("n1")); err != nil || token.Subject() != "user" {
			t.Error(token, err)
		}
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	_, err := verijot.NewIDTokenVerifier(issuer, clientID, verijot.WithTokenCache(-1))
	setupErrorAt(t, err, "")
	_, err = verijot.NewIDTokenVerifier(issuer, "")
	setupErrorAt(t, err, "client_id")
	_, err = verijot.NewIDTokenVerifier("", clientID)
	setupErrorAt(t, err, "issuer")
	_, err = verijot.NewIDTokenVerifier(issuer, clientID, verijot.WithIssuers("https://other.example"))
	setupErrorAt(t, err, "issuers")
	_, err = verijot.NewIDTokenVerifier(issuer, clientID, verijot.WithStrictType())
	setupErrorAt(t, err, "strict_type")
	_, err = verijot.NewIDTokenVerifierFromSettings([]byte(`{"profile":"logout-token","issuer":"a","client_id":"b"}`))
	setupErrorAt(t, err, "profile")
	_, err = verijot.NewIDTokenVerifierFromSettings(
		[]byte(`{"profile":"id-token","issuer":"a","client_id":"b"}`), verijot.WithLeeway(0))
	setupErrorAt(t, err, "")
	_, err = verijot.NewAccessTokenVerifier(issuer, "")
	setupErrorAt(t, err, "audiences")
	_, err = verijot.NewALBVerifier(verijot.ALBSettings{AnyClient: true, AnyIssuer: true})
	setupErrorAt(t, err, "signers")
	_, err = verijot.NewALBVerifier(verijot.ALBSettings{Signers: []string{"arn"}, Clients: []string{"c"}, AnyClient: true, AnyIssuer: true})
	setupErrorAt(t, err, "clients")
}

func TestALogoutTokenIsAcceptedOnce(t *testing.T) {
	key := verijottest.NewKey("ES256")
	keys := keysOf(t, key)
	mint := func(id string) string {
		return key.Mint(issuer, clientID, map[string]any{
			"jti": id, "sid": "s1",
			"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
		})
	}
	logouts, err := verijot.NewLogoutTokenVerifier(issuer, clientID)
	if err != nil {
		t.Fatal(err)
	}
	window := windowOf(t, 1)
	token, err := logouts.Verify(background, mint("a"), keys, window)
	if err != nil {
		t.Fatal(err)
	}
	if token.Subject() != "user" || token.Session() != "s1" || token.Issuer() != issuer {
		t.Errorf("%s", token.Checked())
	}
	if _, err := logouts.Verify(background, mint("a"), keys, window); !errors.Is(err, verijot.ErrReplayed) {
		t.Error(err)
	}
	unavailable := func(name string, err error) {
		t.Helper()
		var refused *verijot.Error
		if !errors.As(err, &refused) || refused.Code != verijot.ErrReplayUnavailable || refused.HTTPStatus() != 503 {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = logouts.Verify(background, mint("b"), keys, window)
	unavailable("full", err)
	for range 2 {
		if _, err := logouts.Verify(background, mint("a"), keys, verijot.WithoutReplayCheck()); err != nil {
			t.Error(err)
		}
	}
	for _, missing := range []verijot.ReplayCheck{nil, (*verijot.ReplayWindow)(nil), verijot.ReplayStore(nil)} {
		if _, err := logouts.Verify(background, mint("c"), keys, missing); err == nil {
			t.Error("accepted without a replay check")
		}
	}

	var seen []verijot.Replay
	store := verijot.ReplayStore(func(_ context.Context, replay verijot.Replay) (bool, error) {
		for _, known := range seen {
			if known.Key == replay.Key {
				return false, nil
			}
		}
		seen = append(seen, replay)
		return true, nil
	})
	if _, err := logouts.Verify(background, mint("a"), keys, store); err != nil {
		t.Error(err)
	}
	if _, err := logouts.Verify(background, mint("a"), keys, store); !errors.Is(err, verijot.ErrReplayed) {
		t.Error(err)
	}
	if len(seen) != 1 || len(seen[0].Key) != 64 || seen[0].Until.Before(time.Now()) {
		t.Error(seen)
	}
	// Nothing is remembered of a token that is refused.
	if _, err := logouts.Verify(background, verijottest.NewKey("ES256").Mint(issuer, clientID, nil), keys, store); err == nil || len(seen) != 1 {
		t.Error(err, seen)
	}
	broken := errors.New("broken")
	_, err = logouts.Verify(background, mint("d"), keys, verijot.ReplayStore(
		func(context.Context, verijot.Replay) (bool, error) { return true, broken }))
	unavailable("error", err)
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	_, err = logouts.Verify(background, mint("d"), keys, verijot.ReplayStore(
		func(context.Context, verijot.Replay) (bool, error) { panic("broken") }))
	unavailable("panic", err)
	ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
	defer cancel()
	hanging := make(chan struct{})
	defer close(hanging)
	_, err = logouts.Verify(ctx, mint("d"), keys, verijot.ReplayStore(
		func(context.Context, verijot.Replay) (bool, error) { <-hanging; return true, nil }))
	unavailable("hanging", err)
}

func TestOneOfManyConcurrentPresentationsIsAccepted(t *testing.T) {
	key := verijottest.NewKey("EdDSA")
	keys, window := keysOf(t, key), windowOf(t, 10)
	events, err := verijot.NewSecurityEventVerifier(issuer, audience)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := json.Marshal(map[string]any{
		"iss": issuer, "aud": audience, "iat": time.Now().Unix(), "jti": "e1", "txn": "8675309", "toe": 1700000000,
		"sub_id": map[string]any{"format": "opaque", "id": "u1"},
		"events": map[string]any{"https://schemas.example/revoked": map[string]any{"reason": "lost"}},
	})
	raw := key.SignAs("secevent+jwt", payload)
	var accepted, replayed atomic.Int32
	var group sync.WaitGroup
	for range 16 {
		group.Add(1)
		go func() {
			defer group.Done()
			event, err := events.Verify(background, raw, keys, window)
			switch {
			case errors.Is(err, verijot.ErrReplayed):
				replayed.Add(1)
			case err != nil:
				t.Error(err)
			default:
				accepted.Add(1)
				if event.ID() != "e1" || event.Transaction() != "8675309" || event.HappenedAt().Unix() != 1700000000 ||
					string(event.Events()["https://schemas.example/revoked"]) != `{"reason":"lost"}` ||
					!bytes.Contains(event.SubjectID(), []byte(`"u1"`)) {
					t.Errorf("%s", event.Checked())
				}
			}
		}()
	}
	group.Wait()
	if accepted.Load() != 1 || replayed.Load() != 15 {
		t.Error(accepted.Load(), replayed.Load())
	}
}

func TestAnAccessTokenNeedsARecentLogin(t *testing.T) {
	key := verijottest.NewKey("ES256")
	keys := keysOf(t, key)
	now := time.Now().Unix()
	payload, _ := json.Marshal(map[string]any{
		"iss": issuer, "aud": audience, "sub": "ada", "client_id": clientID, "jti": "j1", "iat": now, "exp": now + 60,
		"scope": "notes:read", "auth_time": now - 3600, "acr": "silver",
	})
	raw := key.SignAs("at+jwt", payload)
	tokens, err := verijot.NewAccessTokenVerifier(issuer, audience, verijot.WithClientIDs(clientID))
	if err != nil {
		t.Fatal(err)
	}
	token, err := tokens.Verify(background, raw, keys, verijot.AnyLogin())
	if err != nil {
		t.Fatal(err)
	}
	if token.Subject() != "ada" || token.ClientID() != clientID || token.ID() != "j1" ||
		!reflect.DeepEqual(token.Scopes(), []string{"notes:read"}) || token.AuthenticationContext() != "silver" {
		t.Errorf("%s", token.Checked())
	}
	stepUp := verijot.AnyLogin().ACR("gold").MaxAuthenticationAge(5 * time.Minute)
	_, err = tokens.Verify(background, raw, keys, stepUp)
	var refused *verijot.Error
	if !errors.As(err, &refused) || refused.Code != verijot.ErrInsufficientAuthentication || refused.HTTPStatus() != 401 ||
		!strings.Contains(refused.WWWAuthenticate("notes"), "insufficient_user_authentication") {
		t.Error(err)
	}
	// An ID token is no access token.
	if _, err := tokens.Verify(background, key.Mint(issuer, audience, nil), keys, verijot.AnyLogin()); !errors.Is(err, verijot.ErrUnexpectedType) {
		t.Error(err)
	}
}

func TestAccessTokensWithTheirKeysGuardRoutes(t *testing.T) {
	key := verijottest.NewKey("ES256")
	keys, now := keysOf(t, key), time.Now().Unix()
	tokens, err := verijot.NewAccessTokenVerifier(issuer, audience, verijot.WithClientIDs(clientID), verijot.WithTokenCache(8))
	if err != nil {
		t.Fatal(err)
	}
	client, err := verijot.NewClientFor(background, verijot.FixedKeys(keys), verifierOf(t))
	if err != nil {
		t.Fatal(err)
	}
	at := func(typ string, changes map[string]any) string {
		claims := map[string]any{
			"iss": issuer, "aud": audience, "sub": "ada", "client_id": clientID, "jti": "j1", "iat": now, "exp": now + 60,
			"scope": "notes:read", "auth_time": now - 60,
		}
		for name, value := range changes {
			claims[name] = value
		}
		payload, _ := json.Marshal(claims)
		return key.SignAs(typ, payload)
	}
	for _, source := range []verijot.Keys{keys, client} {
		guarding, err := tokens.WithKeys(source, verijot.AnyLogin().MaxAuthenticationAge(10*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		guarded, err := guarding.Guarded(verijot.RequireScopes("notes:read"))
		if err != nil {
			t.Fatal(err)
		}
		handler := guarded(guarding.Middleware(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
			_, _ = writer.Write([]byte(verijot.FromContext(request.Context()).Subject()))
		})))
		for _, one := range []struct {
			raw    string
			status int
			body   string
		}{
			{at("at+jwt", nil), 200, "ada"},
			{at("JWT", nil), 401, "unexpected_type"},
			{at("at+jwt", map[string]any{"client_id": "other", "scope": ""}), 401, "wrong_claim"},
			{at("at+jwt", map[string]any{"auth_time": now - 900}), 401, "insufficient_authentication"},
			{at("at+jwt", map[string]any{"scope": ""}), 403, "insufficient_scope"},
		} {
			for range 2 {
				request := httptest.NewRequest(http.MethodGet, "/", nil)
				request.Header.Set("Authorization", "Bearer "+one.raw)
				answer := httptest.NewRecorder()
				handler.ServeHTTP(answer, request)
				if answer.Code != one.status || !strings.Contains(answer.Body.String(), one.body) {
					t.Errorf("%d %s instead of %d %s", answer.Code, answer.Body, one.status, one.body)
				}
			}
		}
		token, err := guarding.Verify(background, at("at+jwt", nil))
		if err != nil || token.Subject() != "ada" {
			t.Error(token, err)
		}
	}
	_, err = tokens.WithKeys(keys, verijot.AnyLogin().ACR())
	setupErrorAt(t, err, "acr")
	for _, none := range []verijot.Keys{nil, (*verijot.JWKSet)(nil), (*verijot.Client)(nil)} {
		if client, err := tokens.WithKeys(none, verijot.AnyLogin()); err == nil {
			t.Error(client)
		}
	}
}

func TestAClientGivesItsKeysButNotItsPolicy(t *testing.T) {
	server := verijottest.NewIssuer()
	defer server.Close()
	revocations := verijot.RevocationsFunc(func(context.Context, *verijot.Token) (bool, error) { return true, nil })
	client, err := verijot.NewClient(background, server.URL, "https://api.example", verijot.WithRevocations(revocations))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	idTokens, err := verijot.NewIDTokenVerifier(server.URL, clientID)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		raw := server.Mint(clientID, map[string]any{"nonce": "n"})
		if _, err := idTokens.Verify(background, raw, client, verijot.WithNonce("n")); err != nil {
			t.Fatal(err)
		}
		if _, err := idTokens.Verify(background, raw, client, verijot.WithNonce("m")); !errors.Is(err, verijot.ErrWrongClaim) {
			t.Error(err)
		}
		// The next key is unknown to the client.
		server.Rotate("ES256")
	}
	fixed, err := verijot.ParseJWKS(server.JWKS())
	if err != nil {
		t.Fatal(err)
	}
	later := func() time.Time { return time.Now().Add(2 * time.Hour) }
	verifier := verifierOf(t, verijot.WithClock(later))
	baked, err := verijot.NewClientFor(background, verijot.FixedKeys(fixed), verifier)
	if err != nil {
		t.Fatal(err)
	}
	// The clock is the client's, unless the verifier has one.
	raw := server.Mint(clientID, nil)
	if _, err := idTokens.Verify(background, raw, baked, verijot.WithoutNonce()); !errors.Is(err, verijot.ErrExpired) {
		t.Error(err)
	}
	now, err := verijot.NewIDTokenVerifier(server.URL, clientID, verijot.WithClock(time.Now))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := now.Verify(background, raw, baked, verijot.WithoutNonce()); err != nil {
		t.Error(err)
	}
	server.AnswerWith(http.NotFound)
	other, err := verijot.NewClient(background, server.URL, "https://api.example")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := idTokens.Verify(background, raw, other, verijot.WithoutNonce()); !errors.Is(err, verijot.ErrKeysUnavailable) {
		t.Error(err)
	}
}

func TestALoadBalancersTokenWithAKeyOfItsOwnURL(t *testing.T) {
	const kid = "83be4b60-9e3c-4b0d-8a5c-1f5d7a3e2c10"
	const signer = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		if request.URL.Path != "/"+kid {
			http.NotFound(writer, request)
			return
		}
		_ = pem.Encode(writer, &pem.Block{Type: "PUBLIC KEY", Bytes: public})
	}))
	defer server.Close()
	mint := func(header map[string]any) string {
		all := map[string]any{
			"alg": "ES256", "kid": kid, "signer": signer, "client": clientID, "iss": issuer,
			"exp": time.Now().Add(time.Minute).Unix(), "typ": "JWT",
		}
		for name, value := range header {
			all[name] = value
		}
		head, _ := json.Marshal(all)
		message := base64.URLEncoding.EncodeToString(head) + "." +
			base64.URLEncoding.EncodeToString([]byte(`{"sub":"ada","email":"ada@example.com"}`))
		digest := sha256.Sum256([]byte(message))
		r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		signature := make([]byte, 64)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		return message + "." + base64.URLEncoding.EncodeToString(signature)
	}
	policy := verifierOf(t)
	client, err := verijot.NewClientFor(background, verijot.KeysAt(server.URL+"/{kid}"), policy, verijot.WithCertificates("ES256"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	tokens, err := verijot.NewALBVerifier(verijot.ALBSettings{
		Signers: []string{signer}, Clients: []string{clientID}, Issuers: []string{issuer},
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := tokens.Verify(background, mint(nil), client)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Email string `json:"email"`
	}
	if err := token.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if token.Signer() != signer || token.Client() != clientID || token.Issuer() != issuer || token.Subject() != "ada" ||
		token.KeyID() != kid || token.Algorithm() != "ES256" || claims.Email != "ada@example.com" ||
		token.ExpiresAt().Before(time.Now()) || strings.Contains(fmt.Sprint(token, *token), "ada") {
		t.Errorf("%s %s", token.Header(), token.Payload())
	}
	for name, refused := range map[string]map[string]any{
		"signer": {"signer": "arn:aws:other"}, "client": {"client": "other"}, "iss": {"iss": "https://other.example"},
	} {
		if _, err := tokens.Verify(background, mint(refused), client); !errors.Is(err, verijot.GroupInvalidToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tokens.Verify(background, mint(map[string]any{"exp": 1}), client); !errors.Is(err, verijot.ErrExpired) {
		t.Error(err)
	}
	other := map[string]any{"kid": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"}
	if _, err := tokens.Verify(background, mint(other), client); !errors.Is(err, verijot.ErrUnknownKey) {
		t.Error(err)
	}
	if _, err := client.Verify(background, mint(nil)); !errors.Is(err, verijot.ErrMalformedToken) {
		t.Error(err)
	}
}

func TestRulesAreThoseOfThePolicysDocument(t *testing.T) {
	verifier := verifierOf(t,
		verijot.WithClaimRule([]string{"a"}, verijot.RuleEquals(map[string]any{"x": 1})),
		verijot.WithClaimRule([]string{"b", "c.d"}, verijot.RuleOneOf("x", 2, true)),
		verijot.WithClaimRule([]string{"c"}, verijot.RuleContainsAll("x", "y")),
		verijot.WithClaimRule([]string{"d"}, verijot.RuleContainsAny("x", "y").IfPresent()),
		verijot.WithClaimRule([]string{"e"}, verijot.RuleHasKey("x")),
		verijot.WithClaimRule([]string{"f"}, verijot.RuleBoolean(false)),
		verijot.WithClaimRule([]string{"g"}, verijot.RuleStartsWith("x/")),
		verijot.WithClaimRule([]string{"h"}, verijot.RuleMatchesSegments("repo:octo/app:*")),
		verijot.WithClaimRule([]string{"i"}, verijot.RuleSameAs("j", "k")),
		verijot.WithClaimRule([]string{"l"}, verijot.RuleString()),
		verijot.WithClaimRule([]string{"m"}, verijot.RuleNotEmpty()),
		verijot.WithClaimRule([]string{"n"}, verijot.RuleDate()),
		verijot.WithClaimRule([]string{"o"}, verijot.RuleObject()),
		verijot.WithClaimRule([]string{"p"}, verijot.RuleAbsent()),
		verijot.WithHeaderRule("tty", verijot.RuleEquals("x")),
	)
	document := `{"issuers": ["` + issuer + `"], "audiences": ["` + audience + `"], "rules": [
		{"path": ["a"], "equals": {"x": 1}}, {"path": ["b", "c.d"], "one_of": ["x", 2, true]},
		{"path": ["c"], "contains_all": ["x", "y"]}, {"path": ["d"], "contains_any": ["x", "y"], "if_present": true},
		{"path": ["e"], "has_key": "x"}, {"path": ["f"], "boolean": false}, {"path": ["g"], "starts_with": "x/"},
		{"path": ["h"], "matches_segments": "repo:octo/app:*"}, {"path": ["i"], "same_as": ["j", "k"]},
		{"path": ["l"], "is": "string"}, {"path": ["m"], "is": "not_empty"}, {"path": ["n"], "is": "date"},
		{"path": ["o"], "is": "object"}, {"path": ["p"], "is": "absent"}, {"header": "tty", "equals": "x"}]}`
	written, err := verijot.NewVerifierFromPolicy([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(verifier.Policy(), written.Policy()) {
		t.Errorf("%s instead of %s", verifier.Policy(), written.Policy())
	}
	_, err = verijot.NewVerifier(issuer, audience, verijot.WithClaimRule([]string{"a"}, verijot.Rule{}))
	setupErrorAt(t, err, "rules[0]")
	_, err = verijot.NewVerifier(issuer, audience, verijot.WithClaimRule(nil, verijot.RuleString()))
	setupErrorAt(t, err, "rules[0]")
	_, err = verijot.NewVerifier(issuer, audience, verijot.WithClaimRule([]string{"a"}, verijot.RuleEquals(func() {})))
	setupErrorAt(t, err, "rules")

	key := verijottest.NewKey("EdDSA")
	sub := verifierOf(t, verijot.WithClaimRule([]string{"sub"}, verijot.RuleStartsWith("repo:octo/")))
	_, err = sub.Verify(key.Mint(issuer, audience, map[string]any{"sub": "repo:octo-evil/app"}), keysOf(t, key))
	if !errors.Is(err, verijot.ErrWrongClaim) {
		t.Error(err)
	}
}
