// Package benches compares the package with others, in one run: bindings/go/benches/run.
package benches

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/coreos/go-oidc/v3/oidc"
	gojose "github.com/go-jose/go-jose/v4"
	jose "github.com/go-jose/go-jose/v4/jwt"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwk"
	jwx "github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/verijot/verijot/bindings/go"
)

const (
	issuer   = "https://issuer.example"
	audience = "https://api.example"
)

// One token and one key set of each algorithm, for all libraries.
type material struct {
	algorithm string
	raw       string
	jwks      []byte
	public    crypto.PublicKey
}

func materials() []material {
	var all []material
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		all = append(all, materialOf(algorithm))
	}
	return all
}

func materialOf(algorithm string) material {
	method := jwt.GetSigningMethod(algorithm)
	var private crypto.Signer
	jwks := map[string]string{"kid": "key", "alg": algorithm, "use": "sig"}
	encode := base64.RawURLEncoding.EncodeToString
	switch algorithm {
	case "RS256":
		key, _ := rsa.GenerateKey(rand.Reader, 2048)
		private = key
		jwks["kty"], jwks["n"], jwks["e"] = "RSA", encode(key.N.Bytes()), encode(big.NewInt(int64(key.E)).Bytes())
	case "ES256":
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		private = key
		point, _ := key.PublicKey.ECDH()
		jwks["kty"], jwks["crv"] = "EC", "P-256"
		jwks["x"], jwks["y"] = encode(point.Bytes()[1:33]), encode(point.Bytes()[33:])
	default:
		public, key, _ := ed25519.GenerateKey(rand.Reader)
		private = key
		jwks["kty"], jwks["crv"], jwks["x"] = "OKP", "Ed25519", encode(public)
	}
	claims := jwt.MapClaims{
		"iss": issuer, "aud": audience, "sub": "0190b6a1-8c5e-7d7e-9d0a-7a1f6a1f2b3c", "jti": "b6a18c5e7d7e9d0a7a1f6a1f2b3c0190",
		"iat": time.Now().Unix(), "nbf": time.Now().Unix(), "exp": time.Now().Add(24 * time.Hour).Unix(),
		"scope": "openid profile email notes:read notes:write", "azp": "web", "email": "ada@example.com", "email_verified": true,
		"name": "Ada Lovelace", "realm_access": map[string]any{"roles": []string{"user", "editor"}}, "sid": "f2b3c0190b6a18c5e",
		"auth_time": time.Now().Unix(), "acr": "1", "locale": "en", "typ": "Bearer",
	}
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = "key"
	raw, err := token.SignedString(private)
	if err != nil {
		panic(err)
	}
	set, _ := json.Marshal(map[string]any{"keys": []any{jwks}})
	return material{algorithm, raw, set, private.Public()}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// Every library checks signature, exp, nbf, iss and aud, and then sub, jti and exp are read.
func libraries(m material) map[string]func() error {
	verifier := must(verijot.NewVerifier(issuer, audience))
	keys := must(verijot.ParseJWKS(m.jwks))
	cached := must(verijot.NewVerifier(issuer, audience, verijot.WithTokenCache(100)))
	read := func(values ...any) { sink = values[0] }
	parser := jwt.NewParser(jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithValidMethods([]string{m.algorithm}))
	byKeyfunc := must(keyfunc.NewJWKSetJSON(m.jwks))
	set := must(jwk.Parse(m.jwks))
	var joseSet jose4
	if err := json.Unmarshal(m.jwks, &joseSet); err != nil {
		panic(err)
	}
	all := map[string]func() error{
		"verijot": func() error {
			token, err := verifier.Verify(m.raw, keys)
			if err == nil {
				read(token.Subject(), token.ID(), token.ExpiresAt())
			}
			return err
		},
		"verijot, token cache": func() error {
			token, err := cached.Verify(m.raw, keys)
			if err == nil {
				read(token.Subject(), token.ID(), token.ExpiresAt())
			}
			return err
		},
		"golang-jwt and keyfunc, struct": func() error {
			var claims jwt.RegisteredClaims
			_, err := parser.ParseWithClaims(m.raw, &claims, byKeyfunc.Keyfunc)
			read(claims.Subject)
			return err
		},
		"golang-jwt and keyfunc, map": func() error {
			token, err := parser.Parse(m.raw, byKeyfunc.Keyfunc)
			if err == nil {
				read(must(token.Claims.GetSubject()))
			}
			return err
		},
		"jwx": func() error {
			token, err := jwx.Parse([]byte(m.raw), jwx.WithKeySet(set), jwx.WithIssuer(issuer), jwx.WithAudience(audience))
			if err == nil {
				subject, _ := token.Subject()
				read(subject)
			}
			return err
		},
		"go-jose": func() error {
			token, err := jose.ParseSigned(m.raw, []jose4Algorithm{jose4Algorithm(m.algorithm)})
			if err != nil {
				return err
			}
			var claims jose.Claims
			if err := token.Claims(joseSet, &claims); err != nil {
				return err
			}
			read(claims.Subject)
			return claims.Validate(jose.Expected{Issuer: issuer, AnyAudience: jose.Audience{audience}, Time: time.Now()})
		},
	}
	oidcVerifier := oidc.NewVerifier(issuer, &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{m.public}},
		&oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{m.algorithm}})
	all["go-oidc"] = func() error {
		token, err := oidcVerifier.Verify(context.Background(), m.raw)
		if err == nil {
			read(token.Subject)
		}
		return err
	}
	return all
}

type (
	jose4          = gojose.JSONWebKeySet
	jose4Algorithm = gojose.SignatureAlgorithm
)

var sink any

var order = []string{
	"verijot", "verijot, token cache", "golang-jwt and keyfunc, struct", "golang-jwt and keyfunc, map", "jwx", "go-jose", "go-oidc",
}

func BenchmarkVerify(b *testing.B) {
	for _, m := range materials() {
		all := libraries(m)
		for _, name := range order {
			verify := all[name]
			if err := verify(); err != nil {
				b.Fatal(fmt.Errorf("%s, %s: %w", name, m.algorithm, err))
			}
			b.Run(m.algorithm+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := verify(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkParallel(b *testing.B) {
	m := materialOf("RS256")
	all := libraries(m)
	for _, name := range order {
		verify := all[name]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := verify(); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
