package benches

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

func TestKeyfuncGivesGolangJWTTheKeyOfAVerifiedToken(t *testing.T) {
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		server := verijottest.NewIssuer()
		defer server.Close()
		server.Rotate(algorithm)
		client, err := verijot.NewClient(context.Background(), server.URL, audience)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		keyfunc := verijot.Keyfunc[jwt.Token](client)
		raw := server.Mint(audience, map[string]any{"sub": "ada"})
		token, err := jwt.Parse(raw, keyfunc)
		if err != nil || !token.Valid {
			t.Fatal(algorithm, err)
		}
		if subject, _ := token.Claims.GetSubject(); subject != "ada" {
			t.Error(subject)
		}
		// Only verijot demands this audience.
		_, err = jwt.Parse(server.Mint("https://other.example", nil), keyfunc)
		var refused *verijot.Error
		if !errors.As(err, &refused) || !errors.Is(err, verijot.ErrWrongAudience) || !errors.Is(err, jwt.ErrTokenUnverifiable) {
			t.Error(algorithm, err)
		}
		_, err = jwt.Parse(server.Mint(audience, map[string]any{"exp": time.Now().Unix() - 3600}), keyfunc)
		if !errors.Is(err, verijot.ErrExpired) {
			t.Error(algorithm, err)
		}
		forged := verijottest.NewKey(algorithm)
		forged.ID = server.Key().ID
		if _, err = jwt.Parse(forged.Mint(server.URL, audience, nil), keyfunc); !errors.Is(err, verijot.ErrInvalidSignature) {
			t.Error(algorithm, err)
		}
	}
}

func TestKeyfuncGivesNoSecretAway(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	keys, err := verijot.FromSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := verijot.NewVerifier(issuer, audience, verijot.WithSymmetricKeys(), verijot.WithAlgorithms("HS256"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := verijot.NewClientFor(context.Background(), verijot.FixedKeys(keys), verifier)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": issuer, "aud": audience, "exp": time.Now().Unix() + 60,
	}).SignedString(secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Verify(context.Background(), raw); err != nil {
		t.Fatal(err)
	}
	if _, err := jwt.Parse(raw, verijot.Keyfunc[jwt.Token](client)); !errors.Is(err, jwt.ErrTokenUnverifiable) {
		t.Error(err)
	}
	type other struct{ Text string }
	if _, err := verijot.Keyfunc[other](client)(&other{raw}); err == nil {
		t.Error("a key for what is no token")
	}
}
