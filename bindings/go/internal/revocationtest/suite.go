// Package revocationtest tests a revocation list on a real database.
package revocationtest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	verijot "github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/revocation"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

const issuer, audience = "https://issuer.example", "https://api.example"

// Run tests a list whose table does not exist. raw runs a statement on its database.
func Run(t *testing.T, list *revocation.List, raw func(statement string, arguments ...any) (string, error)) {
	ctx := context.Background()
	key := verijottest.NewKey("ES256")
	keys, err := verijot.ParseJWKS(verijottest.JWKS(key))
	check(t, err)
	verifier, err := verijot.NewVerifier(issuer, audience, verijot.WithRevocations(list))
	check(t, err)
	unchecked, err := verijot.NewVerifier(verijot.AnyIssuer, audience)
	check(t, err)
	mint := func(claims map[string]any) (string, *verijot.Token) {
		text := key.Mint(issuer, audience, claims)
		token, err := unchecked.Verify(text, keys)
		check(t, err)
		return text, token
	}
	text, token := mint(map[string]any{"jti": "a", "sub": "alice"})

	// Without the table nobody can say.
	_, err = verifier.Verify(text, keys)
	want(t, err, verijot.ErrRevocationUnavailable)
	_, err = list.Revoked(ctx, token)
	want(t, err, revocation.ErrMissingTable)
	_, err = list.Revoke(ctx, token, "logout")
	want(t, err, revocation.ErrMissingTable)
	var ups sync.WaitGroup
	for range 4 {
		ups.Add(1)
		go func() {
			defer ups.Done()
			if err := list.MigrateUp(ctx); err != nil {
				t.Error(err)
			}
		}()
	}
	ups.Wait()
	_, err = verifier.Verify(text, keys)
	check(t, err)

	// Of many at once, one revokes.
	var first atomic.Int32
	for range 8 {
		ups.Add(1)
		go func() {
			defer ups.Done()
			isNew, err := list.Revoke(ctx, token, "log\x00out")
			if err != nil {
				t.Error(err)
			}
			if isNew {
				first.Add(1)
			}
		}()
	}
	ups.Wait()
	if first.Load() != 1 {
		t.Fatalf("%d calls revoked the token", first.Load())
	}
	_, err = verifier.Verify(text, keys)
	want(t, err, verijot.ErrRevoked)
	row, err := raw("SELECT jti || '|' || subject || '|' || reason FROM jwt_revocations")
	check(t, err)
	if row != issuer+" a|alice|log\ufffdout" {
		t.Fatalf("the row is %q", row)
	}

	// Another issuer's token with this jti is clear, until any issuer's is revoked.
	other := key.Mint("https://other.example", audience, map[string]any{"jti": "a"})
	otherToken, err := unchecked.Verify(other, keys)
	check(t, err)
	isRevoked(t, list, otherToken, false)
	isNew, err := list.RevokeByID(ctx, revocation.Token{Issuer: verijot.AnyIssuer, ID: "a"}, "")
	check(t, err)
	if !isNew {
		t.Fatal("the row of any issuer is new")
	}
	isRevoked(t, list, otherToken, true)
	if isNew, err = list.Revoke(ctx, otherToken, ""); err != nil || isNew {
		t.Fatalf("revoked before: %v %v", isNew, err)
	}

	// What other tools could change is a digest; different ids stay different.
	for _, id := range []string{"A", "a ", " a", "a\x00", "é", "e\u0301", "", strings.Repeat("x", 300), "sha256:ab"} {
		_, odd := mint(map[string]any{"jti": id})
		isRevoked(t, list, odd, false)
		_, err = list.Revoke(ctx, odd, "")
		check(t, err)
		isRevoked(t, list, odd, true)
	}

	// Without jti nobody can say.
	text, token = mint(nil)
	_, err = verifier.Verify(text, keys)
	want(t, err, verijot.ErrRevocationUnavailable)
	_, err = list.Revoke(ctx, token, "")
	want(t, err, revocation.ErrMissingTokenID)
	_, err = list.RevokeByID(ctx, revocation.Token{ID: "x"}, "")
	want(t, err, revocation.ErrMissingIssuer)
	_, err = list.RevokeByID(ctx, revocation.Token{Issuer: issuer}, "")
	want(t, err, revocation.ErrMissingTokenID)

	prunes(t, list)
	check(t, list.MigrateDown(ctx))
	check(t, list.MigrateDown(ctx))
	_, err = list.Revoked(ctx, otherToken)
	want(t, err, revocation.ErrMissingTable)
	check(t, list.MigrateUp(ctx))
	isRevoked(t, list, otherToken, false)
}

// prunes has tokens with and without an expiry, and one whose expiry moves later.
func prunes(t *testing.T, list *revocation.List) {
	ctx, now := context.Background(), time.Now().Add(-1000*time.Hour)
	for _, token := range []revocation.Token{
		{Issuer: issuer, ID: "old", ExpiresAt: now.Add(-25 * time.Hour)},
		{Issuer: issuer, ID: "kept", ExpiresAt: now.Add(-23 * time.Hour)},
		{Issuer: issuer, ID: "later", ExpiresAt: now.Add(-25 * time.Hour)},
		{Issuer: issuer, ID: "later", ExpiresAt: now.Add(25 * time.Hour)},
		{Issuer: issuer, ID: "later", ExpiresAt: now.Add(-50 * time.Hour)},
		{Issuer: issuer, ID: "never", ExpiresAt: now.Add(-50 * time.Hour)},
		{Issuer: issuer, ID: "never"},
	} {
		_, err := list.RevokeByID(ctx, token, "")
		check(t, err)
	}
	pruned, err := list.Prune(ctx, now)
	check(t, err)
	if pruned != 1 {
		t.Fatalf("%d pruned", pruned)
	}
	pruned, err = list.Prune(ctx, now.Add(100*time.Hour))
	check(t, err)
	if pruned != 2 {
		t.Fatalf("%d pruned later", pruned)
	}
}

func isRevoked(t *testing.T, list *revocation.List, token *verijot.Token, wanted bool) {
	t.Helper()
	is, err := list.Revoked(context.Background(), token)
	check(t, err)
	if is != wanted {
		t.Fatalf("revoked: %v", is)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Fatalf("%v is not %v", err, wanted)
	}
}
