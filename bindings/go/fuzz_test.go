package verijot_test

import (
	"context"
	"encoding/json"
	"errors"

	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/internal/vectors"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

// FuzzVerify: whatever a token is, it is refused with a reason or accepted, explain says the same, and nothing panics.
func FuzzVerify(f *testing.F) {
	key := verijottest.NewKey("EdDSA")
	keys, verifier := keysOf(f, key), verifierOf(f, verijot.WithTokenCache(4))
	f.Add(key.Mint(issuer, audience, nil))
	cases, err := vectors.Read("../../testvectors")
	if err != nil {
		f.Fatal(err)
	}
	for number, one := range cases {
		if one.Token != nil && number%20 == 0 {
			f.Add(*one.Token)
		}
	}
	now := time.Now()
	f.Fuzz(func(t *testing.T, raw string) {
		token, err := verifier.VerifyAt(context.Background(), raw, keys, now)
		explanation, problem := verifier.ExplainAt(raw, keys, now)
		if problem != nil {
			t.Fatal(problem)
		}
		if (err == nil) != (explanation.Err == nil) {
			t.Fatal(err, explanation.Err)
		}
		if err == nil {
			_, _, _, _ = token.Scopes(), token.Roles("a", "b"), token.Audience(), token.ExpiresAt()
			return
		}
		var refused *verijot.Error
		if !errors.As(err, &refused) || refused.Code == "" || refused.HTTPStatus() == 0 {
			t.Fatal(err)
		}
	})
}

// FuzzIDToken: whatever a signed payload and the document of a login are, verify and explain say the same.
func FuzzIDToken(f *testing.F) {
	key := verijottest.NewKey("EdDSA")
	keys, now := keysOf(f, key), time.Now()
	idTokens := idTokensOf(f, verijot.WithClock(func() time.Time { return now }))
	f.Add([]byte(`{"iss":"https://issuer.example","aud":"client-id","sub":"a","exp":9e9,"iat":1,"nonce":"n"}`), []byte(`{"nonce":"n"}`))
	f.Add([]byte(`{"iss":"https://issuer.example","aud":"client-id","sub":"a","exp":9e9,"iat":1,"auth_time":1,"acr":"x"}`),
		[]byte(`{"without_nonce":true,"max_age":"5","acr":["x"]}`))
	f.Add([]byte(`{}`), []byte(`{"refresh_of":{"sub":"a"},"access_token":"t","channel":"front"}`))
	f.Fuzz(func(t *testing.T, payload, document []byte) {
		raw, login := key.Sign(payload), verijot.LoginOf(document)
		token, err := idTokens.Verify(context.Background(), raw, keys, login)
		explanation, problem := idTokens.Explain(raw, keys, login)
		var setup *verijot.SetupError
		var refused *verijot.Error
		switch {
		case errors.As(err, &setup):
			if problem == nil || problem.Error() != err.Error() {
				t.Fatal(err, problem)
			}
		case problem != nil:
			t.Fatal(problem)
		case err == nil:
			if explanation.Err != nil || token.Subject() != token.Token().Subject() || !json.Valid(token.Checked()) {
				t.Fatal(explanation.Err, string(token.Checked()))
			}
			_, _, _ = token.AuthenticatedAt(), token.AuthenticationMethods(), token.Session()
		case !errors.As(err, &refused) || explanation.Err == nil || explanation.Err.Error() != err.Error():
			t.Fatal(err, explanation.Err)
		}
	})
}

// FuzzSign: any payload that is signed gives the same by verify, by its accessors and by encoding/json.
func FuzzSign(f *testing.F) {
	key := verijottest.NewKey("EdDSA")
	keys := keysOf(f, key)
	verifier, err := verijot.NewVerifier(verijot.AnyIssuer, verijot.AnyAudience, verijot.WithoutExpiry())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"sub":"a","aud":["b","c"],"exp":1.5e9,"scope":"a b","roles":["x"],"SUB":"c"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		token, err := verifier.Verify(key.Sign(payload), keys)
		if err != nil {
			var refused *verijot.Error
			if !errors.As(err, &refused) {
				t.Fatal(err)
			}
			return
		}
		if string(token.Payload()) != string(payload) {
			t.Fatalf("%q instead of %q", token.Payload(), payload)
		}
		var claims struct {
			Subject string `json:"sub"`
			Issuer  string `json:"iss"`
		}
		if err := token.Claims(&claims); err == nil && (claims.Subject != token.Subject() || claims.Issuer != token.Issuer()) {
			t.Fatal(claims, token.Subject(), token.Issuer())
		}
	})
}

// FuzzKeys: whatever a key set is, it is read or refused with a reason, and every key is used or skipped.
func FuzzKeys(f *testing.F) {
	f.Add(verijottest.JWKS(verijottest.NewKey("EdDSA"), verijottest.NewKey("RS256"), verijottest.NewKey("ES256")))
	cases, err := vectors.Read("../../testvectors")
	if err != nil {
		f.Fatal(err)
	}
	for number, one := range cases {
		if len(one.JWKS) > 10 && len(one.JWKS) < 1000 && number%20 == 0 {
			f.Add([]byte(one.JWKS))
		}
	}
	verifier := verifierOf(f)
	f.Fuzz(func(t *testing.T, jwks []byte) {
		keys, err := verijot.ParseJWKS(jwks, verijot.AllowSymmetricKeys())
		if err != nil {
			var setup *verijot.SetupError
			if !errors.As(err, &setup) {
				t.Fatal(err)
			}
			return
		}
		defer keys.Close()
		for _, key := range keys.Keys() {
			if len(key.Algorithms) == 0 {
				t.Fatal("a key without algorithms")
			}
		}
		for _, key := range keys.Skipped() {
			if key.Reason == "" {
				t.Fatal("a key is skipped without a reason")
			}
		}
		if _, err := verifier.Verify("a.b.c", keys); err == nil {
			t.Fatal("accepted")
		}
	})
}

// FuzzPolicy: whatever a policy's document is, it is read and gives an equal document, or it is refused.
func FuzzPolicy(f *testing.F) {
	f.Add([]byte(`{"issuers":["a"],"audiences":null,"leeway":"1.5","max_lifetime_by":{"claim":"t","ceilings":{"a":"60"}}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		verifier, err := verijot.NewVerifierFromPolicy(document)
		if err != nil {
			if !errors.Is(err, verijot.ErrInvalidPolicy) {
				t.Fatal(err)
			}
			return
		}
		defer verifier.Close()
		again, err := verijot.NewVerifierFromPolicy(verifier.Policy())
		if err != nil || !json.Valid(verifier.Policy()) {
			t.Fatal(err)
		}
		defer again.Close()
		if string(again.Policy()) != string(verifier.Policy()) {
			t.Fatalf("%s, then %s", verifier.Policy(), again.Policy())
		}
	})
}

// FuzzGuard: whatever a request's header is, it gives a token or a whole answer.
func FuzzGuard(f *testing.F) {
	guard, err := verijot.NewGuard(verijot.RequireScopes("a"), verijot.Realm("r"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Bearer a.b.c", "")
	f.Fuzz(func(t *testing.T, first, second string) {
		if _, _, err := guard.Token(first, second); err != nil {
			var refused *verijot.Error
			if !errors.As(err, &refused) || guard.Answer(refused).Status != 401 {
				t.Fatal(err)
			}
		}
	})
}
