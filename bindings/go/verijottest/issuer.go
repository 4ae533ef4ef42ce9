// Package verijottest has an issuer for tests: a real HTTP server on loopback with metadata and keys, which signs
// tokens, rotates its keys, and fails when it is told to.
package verijottest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"
)

// An Issuer signs tokens and publishes its keys. It is safe for concurrent use.
type Issuer struct {
	// URL is its iss; metadata and keys are found there.
	URL string

	server   *httptest.Server
	requests atomic.Int64
	lock     sync.Mutex
	keys     []*Key
	made     int
	answer   http.HandlerFunc
}

// A Key signs tokens.
type Key struct {
	// ID is its kid.
	ID string
	// Algorithm is its alg: RS256, ES256 or EdDSA.
	Algorithm string

	signer crypto.Signer
}

// NewIssuer starts an issuer with one key for EdDSA. Close it.
func NewIssuer() *Issuer {
	issuer := new(Issuer)
	issuer.server = httptest.NewServer(http.HandlerFunc(issuer.serve))
	issuer.URL = issuer.server.URL
	issuer.Rotate("EdDSA")
	return issuer
}

// Close stops the server.
func (i *Issuer) Close() {
	i.server.CloseClientConnections()
	i.server.Close()
}

// Requests is how many requests there were for keys.
func (i *Issuer) Requests() int64 { return i.requests.Load() }

// AnswerWith answers every request by a handler, such as one that fails; nil ends that.
func (i *Issuer) AnswerWith(handler http.HandlerFunc) {
	i.lock.Lock()
	defer i.lock.Unlock()
	i.answer = handler
}

// Rotate publishes a new key for an algorithm in place of all others, and gives it.
func (i *Issuer) Rotate(algorithm string) *Key {
	key := NewKey(algorithm)
	i.lock.Lock()
	defer i.lock.Unlock()
	i.made++
	key.ID = fmt.Sprintf("key-%d", i.made)
	i.keys = []*Key{key}
	return key
}

// Publish publishes exactly these keys; the first signs.
func (i *Issuer) Publish(keys ...*Key) {
	i.lock.Lock()
	defer i.lock.Unlock()
	i.keys = append([]*Key(nil), keys...)
}

// Key gives the key that signs.
func (i *Issuer) Key() *Key {
	i.lock.Lock()
	defer i.lock.Unlock()
	return i.keys[0]
}

// Mint signs a token for an audience that is good for an hour. The claims replace those that it would have; nil
// leaves one out.
func (i *Issuer) Mint(audience string, claims map[string]any) string {
	return i.Key().Mint(i.URL, audience, claims)
}

// JWKS gives the published keys.
func (i *Issuer) JWKS() []byte {
	i.lock.Lock()
	defer i.lock.Unlock()
	return JWKS(i.keys...)
}

func (i *Issuer) serve(writer http.ResponseWriter, request *http.Request) {
	i.lock.Lock()
	answer := i.answer
	i.lock.Unlock()
	isKeys := request.URL.Path == "/keys"
	if isKeys {
		i.requests.Add(1)
	}
	switch {
	case answer != nil:
		answer(writer, request)
	case isKeys:
		_, _ = writer.Write(i.JWKS())
	case request.URL.Path == "/.well-known/openid-configuration":
		_ = json.NewEncoder(writer).Encode(map[string]string{"issuer": i.URL, "jwks_uri": i.URL + "/keys"})
	default:
		http.NotFound(writer, request)
	}
}

// NewKey makes a key for RS256, ES256 or EdDSA.
func NewKey(algorithm string) *Key {
	key := &Key{ID: "key", Algorithm: algorithm}
	var err error
	switch algorithm {
	case "RS256":
		key.signer, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		key.signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, key.signer, err = ed25519.GenerateKey(rand.Reader)
	default:
		panic("verijottest: no keys for " + algorithm)
	}
	if err != nil {
		panic(err)
	}
	return key
}

// JWKS gives the public keys as a JWK Set.
func JWKS(keys ...*Key) []byte {
	all := []map[string]string{}
	for _, key := range keys {
		all = append(all, key.jwk())
	}
	written, err := json.Marshal(map[string]any{"keys": all})
	if err != nil {
		panic(err)
	}
	return written
}

// Mint signs a token as [Issuer.Mint] does.
func (k *Key) Mint(issuer, audience string, claims map[string]any) string {
	now := time.Now().Unix()
	all := map[string]any{"iss": issuer, "aud": audience, "sub": "user", "iat": now, "exp": now + 3600}
	for name, value := range claims {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	payload, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return k.Sign(payload)
}

// Sign signs any payload.
func (k *Key) Sign(payload []byte) string { return k.SignAs("JWT", payload) }

// SignAs signs any payload with a typ, such as at+jwt.
func (k *Key) SignAs(typ string, payload []byte) string {
	header, err := json.Marshal(map[string]string{"alg": k.Algorithm, "kid": k.ID, "typ": typ})
	if err != nil {
		panic(err)
	}
	message := encoded(header) + "." + encoded(payload)
	return message + "." + encoded(k.sign([]byte(message)))
}

func (k *Key) sign(message []byte) []byte {
	digest := sha256.Sum256(message)
	var signature []byte
	var err error
	switch signer := k.signer.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(rand.Reader, signer, crypto.SHA256, digest[:])
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		if r, s, err = ecdsa.Sign(rand.Reader, signer, digest[:]); err == nil {
			signature = make([]byte, 64)
			r.FillBytes(signature[:32])
			s.FillBytes(signature[32:])
		}
	default:
		signature, err = signer.Sign(rand.Reader, message, crypto.Hash(0))
	}
	if err != nil {
		panic(err)
	}
	return signature
}

func (k *Key) jwk() map[string]string {
	jwk := map[string]string{"kid": k.ID, "alg": k.Algorithm, "use": "sig"}
	switch public := k.signer.Public().(type) {
	case *rsa.PublicKey:
		jwk["kty"], jwk["n"] = "RSA", encoded(public.N.Bytes())
		jwk["e"] = encoded(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.ECDH()
		if err != nil {
			panic(err)
		}
		octets := point.Bytes()
		jwk["kty"], jwk["crv"], jwk["x"], jwk["y"] = "EC", "P-256", encoded(octets[1:33]), encoded(octets[33:])
	case ed25519.PublicKey:
		jwk["kty"], jwk["crv"], jwk["x"] = "OKP", "Ed25519", encoded(public)
	}
	return jwk
}

func encoded(octets []byte) string { return base64.RawURLEncoding.EncodeToString(octets) }
