package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"sync"
	"time"

	verijot "github.com/verijot/verijot/bindings/go"
)

// A keyRing has the keys in the order in which they sign. It is safe for concurrent use.
type keyRing struct {
	lock sync.Mutex
	keys []plannedKey
	// The published keys to verify with, and as a document.
	set      *verijot.JWKSet
	document string
}

// A plannedKey is published now.
type plannedKey struct {
	key       *ecdsa.PrivateKey
	jwk       map[string]string
	signsFrom time.Time
	// Zero until the next one is published.
	withdrawnAt time.Time
}

// newKeyRing makes the first key, which signs at once.
func newKeyRing(now time.Time) (*keyRing, error) {
	ring := &keyRing{}
	return ring, ring.publish(now)
}

// rotate publishes the next key, which signs from signAfter on; the others are withdrawn after the overlap, but not
// before that. It gives the kid of the next one.
func (r *keyRing) rotate(now time.Time, signAfter, overlap time.Duration) (string, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if err := r.publish(now.Add(signAfter)); err != nil {
		return "", err
	}
	next := len(r.keys) - 1
	for place := range r.keys[:next] {
		at := now.Add(max(overlap, signAfter))
		if known := r.keys[place].withdrawnAt; known.IsZero() || at.Before(known) {
			r.keys[place].withdrawnAt = at
		}
	}
	return r.keys[next].jwk["kid"], nil
}

// jwks gives the published keys (RFC 7517 §5).
func (r *keyRing) jwks(now time.Time) ([]byte, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.write(now)
}

func (r *keyRing) write(now time.Time) ([]byte, error) {
	published := []map[string]string{}
	for _, key := range r.published(now) {
		published = append(published, key.jwk)
	}
	return json.Marshal(map[string]any{"keys": published})
}

// verifying gives the published keys to verify with.
func (r *keyRing) verifying(now time.Time) (*verijot.JWKSet, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	document, err := r.write(now)
	if err != nil || string(document) == r.document {
		return r.set, err
	}
	set, err := verijot.ParseJWKS(document)
	if err != nil {
		return nil, err
	}
	r.set, r.document = set, string(document)
	return set, nil
}

// sign signs claims with the newest key that signs now (RFC 9068 §2.1, RFC 7518 §3.4).
func (r *keyRing) sign(now time.Time, claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	by := r.signing(now)
	header, err := json.Marshal(map[string]string{"alg": "ES256", "typ": "at+jwt", "kid": by.jwk["kid"]})
	if err != nil {
		return "", err
	}
	message := encoded(header) + "." + encoded(payload)
	digest := sha256.Sum256([]byte(message))
	first, second, err := ecdsa.Sign(rand.Reader, by.key, digest[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	first.FillBytes(signature[:32])
	second.FillBytes(signature[32:])
	return message + "." + encoded(signature), nil
}

func (r *keyRing) signing(now time.Time) plannedKey {
	r.lock.Lock()
	defer r.lock.Unlock()
	keys := r.published(now)
	by := keys[0]
	for _, key := range keys {
		if !key.signsFrom.After(now) {
			by = key
		}
	}
	return by
}

// published drops what is withdrawn; the newest key never is.
func (r *keyRing) published(now time.Time) []plannedKey {
	var kept []plannedKey
	for _, key := range r.keys {
		if key.withdrawnAt.IsZero() || now.Before(key.withdrawnAt) {
			kept = append(kept, key)
		}
	}
	r.keys = kept
	return kept
}

func (r *keyRing) publish(signsFrom time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := key.PublicKey.ECDH()
	if err != nil {
		return err
	}
	point := public.Bytes()
	r.keys = append(r.keys, plannedKey{key: key, signsFrom: signsFrom, jwk: map[string]string{
		"kty": "EC", "crv": "P-256", "x": encoded(point[1:33]), "y": encoded(point[33:]),
		"alg": "ES256", "use": "sig", "kid": randomName(),
	}})
	return nil
}

// randomName gives 128 random bits.
func randomName() string {
	var octets [16]byte
	// Never fails.
	_, _ = rand.Read(octets[:])
	return encoded(octets[:])
}

func encoded(octets []byte) string { return base64.RawURLEncoding.EncodeToString(octets) }
