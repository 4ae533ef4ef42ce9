package verijot_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/internal/module"
	"github.com/verijot/verijot/bindings/go/internal/vectors"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

// crowded makes every call that may use a copy of the core use one, as if others used all the rest.
func crowded(t *testing.T) {
	t.Helper()
	module.Crowded.Store(true)
	t.Cleanup(func() { module.Crowded.Store(false) })
}

func TestVectorsInCopies(t *testing.T) {
	crowded(t)
	folder := os.Getenv("VERIJOT_TESTVECTORS")
	if folder == "" {
		folder = "../../testvectors"
	}
	report, err := vectors.RunFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range report.Failures {
		t.Error(failure)
	}
	t.Log(report)
}

func TestARefusalInACopyFetchesKeysAgain(t *testing.T) {
	crowded(t)
	for _, isKnown := range []bool{false, true} {
		at := issuerOf(t)
		var elapsed time.Duration
		client := clientOf(t, at, verijot.WithMonotonicClock(func() time.Duration { return elapsed }))
		old := at.Key()
		if _, err := client.Verify(background, at.Mint(audience, nil)); err != nil {
			t.Fatal(err)
		}
		at.Rotate("EdDSA")
		fresh := at.Mint(audience, nil)
		if isKnown {
			// The kid of a key that the client knows: only the signature says that keys have changed.
			at.Key().ID = old.ID
			fresh = at.Mint(audience, nil)
		}
		elapsed += time.Minute
		if _, err := client.Verify(background, fresh); err != nil {
			t.Error(isKnown, err)
		}
		if requests := at.Requests(); requests != 2 {
			t.Error(isKnown, requests, "requests")
		}
	}
}

func TestATokenCacheIsOneForAll(t *testing.T) {
	crowded(t)
	now := time.Now()
	key := verijottest.NewKey("RS256")
	keys := keysOf(t, key)
	verifier := verifierOf(t, verijot.WithTokenCache(10), verijot.WithClock(func() time.Time { return now }))
	raw := key.Mint(issuer, audience, map[string]any{"exp": now.Unix() + 60})
	first, err := verifier.Verify(raw, keys)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if again, err := verifier.Verify(raw, keys); again != first {
			t.Error("verified again", err)
		}
	}
	now = now.Add(time.Hour)
	if _, err := verifier.Verify(raw, keys); !errors.Is(err, verijot.ErrExpired) {
		t.Error(err)
	}
}

func TestWhatIsClosedVerifiesInNoCopy(t *testing.T) {
	crowded(t)
	key := verijottest.NewKey("EdDSA")
	raw := key.Mint(issuer, audience, nil)
	keys, verifier := keysOf(t, key), verifierOf(t)
	if _, err := verifier.Verify(raw, keys); err != nil {
		t.Fatal(err)
	}
	keys.Close()
	if token, err := verifier.Verify(raw, keys); err == nil {
		t.Error("closed keys verify", token)
	}
	keys = keysOf(t, key)
	if _, err := verifier.Verify(raw, keys); err != nil {
		t.Fatal(err)
	}
	verifier.Close()
	if token, err := verifier.Verify(raw, keys); err == nil {
		t.Error("a closed verifier verifies", token)
	}
}

func hs256(secret []byte, issuer, audience string) string {
	encode := base64.RawURLEncoding.EncodeToString
	payload := fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":"ada","exp":%d}`, issuer, audience, time.Now().Unix()+3600)
	message := encode([]byte(`{"alg":"HS256"}`)) + "." + encode([]byte(payload))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(message))
	return message + "." + encode(mac.Sum(nil))
}

// Keys and verifiers come and go, while many goroutines verify with others.
func TestCopiesWhileObjectsComeAndGo(t *testing.T) {
	processors := runtime.GOMAXPROCS(4)
	defer runtime.GOMAXPROCS(processors)
	secret := []byte("0123456789abcdef0123456789abcdef")
	elliptic := verijottest.NewKey("ES256")
	pair := func() (*verijot.Verifier, *verijot.JWKSet) {
		return verifierOf(t, verijot.WithSymmetricKeys()), keysOf(t, elliptic)
	}
	shared, sharedKeys := pair()
	bySecret, err := verijot.FromSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	symmetric := verifierOf(t, verijot.WithSymmetricKeys(), verijot.WithAlgorithms("HS256"))
	good, expired := elliptic.Mint(issuer, audience, nil), elliptic.Mint(issuer, audience, map[string]any{"exp": 1})
	signed := hs256(secret, issuer, audience)
	check := func(verifier *verijot.Verifier, keys *verijot.JWKSet, raw string, wanted error) {
		token, err := verifier.VerifyContext(context.Background(), raw, keys)
		if !errors.Is(err, wanted) || (wanted == nil) != (err == nil) || (err == nil) != (token != nil) {
			t.Errorf("%v, %v instead of %v", token, err, wanted)
		}
	}
	var all sync.WaitGroup
	for number := range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for round := range 60 {
				check(shared, sharedKeys, good, nil)
				check(shared, sharedKeys, expired, verijot.ErrExpired)
				check(symmetric, bySecret, signed, nil)
				check(symmetric, bySecret, signed+"A", verijot.ErrInvalidSignature)
				if number == 0 || round%20 == 0 {
					own, keys := pair()
					check(own, keys, good, nil)
					own.Close()
					keys.Close()
				}
			}
		}()
	}
	all.Wait()
	t.Log("copies:", module.Current().Copies())
}
