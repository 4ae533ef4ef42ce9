package verijot_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

func Example() {
	issuer := verijottest.NewIssuer() // stands for https://issuer.example
	defer issuer.Close()

	client, err := verijot.NewClient(context.Background(), issuer.URL, "https://api.example")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	handler := client.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello %s", verijot.FromContext(r.Context()).Subject())
	}))

	request := httptest.NewRequest(http.MethodGet, "/me", nil)
	request.Header.Set("Authorization", "Bearer "+issuer.Mint("https://api.example", map[string]any{"sub": "ada"}))
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	fmt.Println(recorder.Code, recorder.Body)
	// Output: 200 hello ada
}

func ExampleVerifier_Verify() {
	key := verijottest.NewKey("ES256")
	keys, err := verijot.ParseJWKS(verijottest.JWKS(key))
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := verijot.NewVerifier("https://issuer.example", "https://api.example", verijot.WithLeeway(10*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	token, err := verifier.Verify(key.Mint("https://issuer.example", "https://api.example", nil), keys)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Subject(), token.Algorithm())

	_, err = verifier.Verify(key.Mint("https://issuer.example", "https://other.example", nil), keys)
	fmt.Println(errors.Is(err, verijot.ErrWrongAudience), err)
	// Output:
	// user ES256
	// true verijot: wrong_audience: aud is https://other.example; expected: https://api.example
}

func ExampleIDTokenVerifier_Verify() {
	issuer := verijottest.NewIssuer() // stands for https://issuer.example
	defer issuer.Close()
	ctx, raw := context.Background(), issuer.Mint("client-id", map[string]any{"sub": "ada", "nonce": "n-0S6"})

	client, err := verijot.NewClient(ctx, issuer.URL, "client-id")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	idTokens, err := verijot.NewIDTokenVerifier(issuer.URL, "client-id")
	if err != nil {
		log.Fatal(err)
	}
	token, err := idTokens.Verify(ctx, raw, client, verijot.WithNonce("n-0S6").MaxAge(time.Hour))
	fmt.Println(errors.Is(err, verijot.ErrMissingClaim), err) // the issuer did not say when ada logged in
	token, err = idTokens.Verify(ctx, raw, client, verijot.WithNonce("n-0S6"))
	fmt.Println(token.Subject(), err)
	// Output:
	// true verijot: missing_claim: claim `auth_time` is missing
	// ada <nil>
}

func ExampleToken_Claims() {
	key := verijottest.NewKey("EdDSA")
	keys, err := verijot.ParseJWKS(verijottest.JWKS(key))
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := verijot.NewVerifier(verijot.AnyIssuer, "https://api.example")
	if err != nil {
		log.Fatal(err)
	}
	token, err := verifier.Verify(key.Mint("any", "https://api.example", map[string]any{"tenant": 7}), keys)
	if err != nil {
		log.Fatal(err)
	}
	var claims struct {
		Tenant int `json:"tenant"`
	}
	if err := token.Claims(&claims); err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.Tenant)
	// Output: 7
}

func ExampleClient_Guarded() {
	issuer := verijottest.NewIssuer()
	defer issuer.Close()
	client, err := verijot.NewClient(context.Background(), issuer.URL, "https://api.example")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	readers, err := client.Guarded(verijot.RequireScopes("notes:read"), verijot.Realm("notes"))
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/notes", readers(http.NotFoundHandler()))

	request := httptest.NewRequest(http.MethodGet, "/notes", nil)
	request.Header.Set("Authorization", "Bearer "+issuer.Mint("https://api.example", nil))
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, request)
	fmt.Println(recorder.Code, recorder.Header().Get("WWW-Authenticate"))
	// Output: 403 Bearer realm="notes", error="insufficient_scope", error_description="insufficient_scope", scope="notes:read"
}

func ExampleRevocationsFunc() {
	revoked := map[string]bool{"a-stolen-token": true}
	verifier, err := verijot.NewVerifier("https://issuer.example", "https://api.example",
		verijot.WithRequiredClaims("jti"),
		verijot.WithRevocations(verijot.RevocationsFunc(func(_ context.Context, token *verijot.Token) (bool, error) {
			return revoked[token.ID()], nil
		})))
	if err != nil {
		log.Fatal(err)
	}
	key := verijottest.NewKey("EdDSA")
	keys, err := verijot.ParseJWKS(verijottest.JWKS(key))
	if err != nil {
		log.Fatal(err)
	}
	raw := key.Mint("https://issuer.example", "https://api.example", map[string]any{"jti": "a-stolen-token"})
	_, err = verifier.Verify(raw, keys)
	fmt.Println(errors.Is(err, verijot.ErrRevoked))
	// Output: true
}
