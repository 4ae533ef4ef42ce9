package verijot_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

func TestKeysInPEM(t *testing.T) {
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		key := verijottest.NewKey(algorithm)
		raw := key.Mint(issuer, audience, nil)
		forged := verijottest.NewKey(algorithm).Mint(issuer, audience, nil)
		certificate := certificateOf(t, publicOf(t, key))
		for form, text := range map[string][]byte{"public key": pemOf(t, publicOf(t, key)), "certificate": certificate} {
			keys, err := verijot.ParsePEM(text, verijot.ForAlgorithms(algorithm), verijot.KeyID("key"))
			if err != nil {
				t.Fatal(algorithm, form, err)
			}
			if got := keys.Keys(); len(got) != 1 || got[0].ID != "key" || !reflect.DeepEqual(got[0].Algorithms, []string{algorithm}) {
				t.Error(algorithm, form, got)
			}
			if token, err := verifierOf(t).Verify(raw, keys); err != nil || token.Algorithm() != algorithm {
				t.Error(algorithm, form, err)
			}
			if _, err := verifierOf(t).Verify(forged, keys); !errors.Is(err, verijot.ErrInvalidSignature) {
				t.Error(algorithm, form, err)
			}
			if _, err := verijot.ParsePEM(text); !errors.Is(err, verijot.GroupUnusableKey) {
				t.Error(algorithm, form, "without algorithms", err)
			}
			if _, err := verijot.ParsePEM(text, verijot.ForAlgorithms("HS256")); !errors.Is(err, verijot.GroupUnusableKey) {
				t.Error(algorithm, form, "as a secret", err)
			}
			if _, err := verijot.ParsePEM(text[:len(text)/2], verijot.ForAlgorithms(algorithm)); !errors.Is(err, verijot.GroupUnusableKey) {
				t.Error(algorithm, form, "half", err)
			}
		}
		written, err := json.Marshal(map[string]string{"key": string(certificate), "broken": "no PEM"})
		if err != nil {
			t.Fatal(err)
		}
		keys, err := verijot.ParseCertificates(written, []string{algorithm})
		if err != nil {
			t.Fatal(algorithm, err)
		}
		if skipped := keys.Skipped(); len(skipped) != 1 || skipped[0].ID != "broken" {
			t.Error(algorithm, skipped)
		}
		if _, err := verifierOf(t).Verify(raw, keys); err != nil {
			t.Error(algorithm, err)
		}
		if _, err := verijot.ParseCertificates(written, nil); err == nil {
			t.Error(algorithm, "certificates for no algorithm")
		}
	}
}

func TestOnlyKeysOfThePurposesAreUsed(t *testing.T) {
	key := verijottest.NewKey("ES256")
	jwks := verijottest.JWKS(key)
	for purpose, usable := range map[string]int{"sig": 1, "jwt-svid": 0} {
		keys, err := verijot.ParseJWKS(jwks, verijot.ForPurposes(purpose))
		if err != nil || len(keys.Keys()) != usable {
			t.Error(purpose, err)
		}
	}
	if keys, err := verijot.ParseJWKS(jwks, verijot.ForPurposes()); err == nil && len(keys.Keys()) != 0 {
		t.Error("a key for no purpose")
	}
}

// publicOf gives the public key that an issuer publishes.
func publicOf(t testing.TB, key *verijottest.Key) any {
	t.Helper()
	var set struct {
		Keys []struct{ Kty, N, E, X, Y string }
	}
	if err := json.Unmarshal(verijottest.JWKS(key), &set); err != nil {
		t.Fatal(err)
	}
	jwk := set.Keys[0]
	octets := func(text string) []byte {
		read, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return read
	}
	number := func(text string) *big.Int { return new(big.Int).SetBytes(octets(text)) }
	switch jwk.Kty {
	case "RSA":
		return &rsa.PublicKey{N: number(jwk.N), E: int(number(jwk.E).Int64())}
	case "EC":
		return &ecdsa.PublicKey{Curve: elliptic.P256(), X: number(jwk.X), Y: number(jwk.Y)}
	}
	return ed25519.PublicKey(octets(jwk.X))
}

func pemOf(t testing.TB, public any) []byte {
	t.Helper()
	octets, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: octets})
}

// certificateOf is signed by somebody else, as those of issuers are.
func certificateOf(t testing.TB, public any) []byte {
	t.Helper()
	_, authority, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0)}
	octets, err := x509.CreateCertificate(rand.Reader, template, template, public, authority)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: octets})
}
