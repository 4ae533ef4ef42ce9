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
	// The secret of HS256, otherwise the public key.
	key any
}

func materials() []material {
	var all []material
	for _, algorithm := range []string{"HS256", "RS256", "ES256", "EdDSA"} {
		all = append(all, materialOf(algorithm))
	}
	return all
}

func materialOf(algorithm string) material {
	method := jwt.GetSigningMethod(algorithm)
	var private, public any
	jwks := map[string]string{"kid": "key", "alg": algorithm, "use": "sig"}
	encode := base64.RawURLEncoding.EncodeToString
	switch algorithm {
	case "HS256":
		secret := make([]byte, 32)
		_, _ = rand.Read(secret)
		private, public = secret, secret
		jwks["kty"], jwks["k"] = "oct", encode(secret)
	case "RS256":
		key, _ := rsa.GenerateKey(rand.Reader, 2048)
		private, public = key, key.Public()
		jwks["kty"], jwks["n"], jwks["e"] = "RSA", encode(key.N.Bytes()), encode(big.NewInt(int64(key.E)).Bytes())
	case "ES256":
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		private, public = key, key.Public()
		point, _ := key.PublicKey.ECDH()
		jwks["kty"], jwks["crv"] = "EC", "P-256"
		jwks["x"], jwks["y"] = encode(point.Bytes()[1:33]), encode(point.Bytes()[33:])
	default:
		point, key, _ := ed25519.GenerateKey(rand.Reader)
		private, public = key, point
		jwks["kty"], jwks["crv"], jwks["x"] = "OKP", "Ed25519", encode(point)
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
	return material{algorithm, raw, set, public}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// Every library checks signature, exp, nbf, iss and aud, and then sub, jti and exp are read.
func libraries(m material) map[string]func() error {
	var options []verijot.VerifierOption
	var keysOptions []verijot.KeysOption
	if m.algorithm == "HS256" {
		options = append(options, verijot.WithSymmetricKeys())
		keysOptions = append(keysOptions, verijot.AllowSymmetricKeys())
	}
	verifier := must(verijot.NewVerifier(issuer, audience, options...))
	keys := must(verijot.ParseJWKS(m.jwks, keysOptions...))
	cached := must(verijot.NewVerifier(issuer, audience, append(options, verijot.WithTokenCache(100))...))
	parser := jwt.NewParser(jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithValidMethods([]string{m.algorithm}))
	byKeyfunc := func(*jwt.Token) (any, error) { return m.key, nil }
	if m.algorithm != "HS256" {
		// It takes no shared secret.
		byKeyfunc = must(keyfunc.NewJWKSetJSON(m.jwks)).Keyfunc
	}
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
			_, err := parser.ParseWithClaims(m.raw, &claims, byKeyfunc)
			if err == nil {
				read(claims.Subject, claims.ID, claims.ExpiresAt.Time)
			}
			return err
		},
		"golang-jwt and keyfunc, map": func() error {
			token, err := parser.Parse(m.raw, byKeyfunc)
			if err == nil {
				id, _ := token.Claims.(jwt.MapClaims)["jti"].(string)
				read(must(token.Claims.GetSubject()), id, must(token.Claims.GetExpirationTime()).Time)
			}
			return err
		},
		"jwx": func() error {
			token, err := jwx.Parse([]byte(m.raw), jwx.WithKeySet(set), jwx.WithIssuer(issuer), jwx.WithAudience(audience))
			if err == nil {
				subject, _ := token.Subject()
				id, _ := token.JwtID()
				expires, _ := token.Expiration()
				read(subject, id, expires)
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
			read(claims.Subject, claims.ID, claims.Expiry.Time())
			return claims.Validate(jose.Expected{Issuer: issuer, AnyAudience: jose.Audience{audience}, Time: time.Now()})
		},
	}
	if m.algorithm == "HS256" {
		return all
	}
	oidcVerifier := oidc.NewVerifier(issuer, &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{m.key}},
		&oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{m.algorithm}})
	all["go-oidc"] = func() error {
		token, err := oidcVerifier.Verify(context.Background(), m.raw)
		if err == nil {
			// It would have to read the payload again for jti.
			read(token.Subject, "", token.Expiry)
		}
		return err
	}
	return all
}

func read(subject, id string, expires time.Time) {
	if subject == "" || expires.IsZero() || len(id) > 1000 {
		panic("no claims")
	}
}

type (
	jose4          = gojose.JSONWebKeySet
	jose4Algorithm = gojose.SignatureAlgorithm
)

var order = []string{
	"verijot", "verijot, token cache", "golang-jwt and keyfunc, struct", "golang-jwt and keyfunc, map", "jwx", "go-jose", "go-oidc",
}

func BenchmarkVerify(b *testing.B) {
	for _, m := range materials() {
		all := libraries(m)
		for _, name := range order {
			verify, isThere := all[name]
			if !isThere {
				continue
			}
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
	for _, m := range materials() {
		all := libraries(m)
		for _, name := range order {
			verify, isThere := all[name]
			if !isThere {
				continue
			}
			b.Run(m.algorithm+"/"+name, func(b *testing.B) {
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
}
