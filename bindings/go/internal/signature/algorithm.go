// Package signature is the arithmetic of public keys, by Go's own crypto packages. It decides nothing but
// whether a signature is right.
package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"sync"

	// The hashes of the algorithms.
	_ "crypto/sha256"
	_ "crypto/sha512"
)

// An Algorithm is the number that the core gives it.
type Algorithm int

// Name gives its name in a header.
func (a Algorithm) Name() string {
	if !a.isKnown() {
		return "an unknown algorithm"
	}
	return algorithms[a].name
}

func (a Algorithm) isKnown() bool { return a >= 0 && int(a) < len(algorithms) }

// Verify says whether a signature, in its JWS encoding, is right. An error means that nobody can say.
func Verify(key Key, algorithm Algorithm, message, signature []byte) (bool, error) {
	if err := selfTest(algorithm); err != nil {
		return false, err
	}
	return verify(key, algorithm, message, signature)
}

func verify(key Key, algorithm Algorithm, message, signature []byte) (bool, error) {
	if !algorithm.isKnown() {
		return false, errMisfit
	}
	by := algorithms[algorithm]
	switch by.kind {
	case pkcs1, pss:
		if key.rsa == nil {
			return false, errMisfit
		}
		digest := hashed(by.hash, message)
		defer digests.Put(digest)
		var err error
		if by.kind == pkcs1 {
			err = rsa.VerifyPKCS1v15(key.rsa, by.hash, digest.sum, signature)
		} else {
			err = rsa.VerifyPSS(key.rsa, by.hash, digest.sum, signature, by.salt)
		}
		if err == nil || errors.Is(err, rsa.ErrVerification) {
			return err == nil, nil
		}
		return false, err
	case curved:
		if key.ecdsa == nil || key.ecdsa.Curve.Params().BitSize != by.bits {
			return false, errMisfit
		}
		half := (by.bits + 7) / 8
		if len(signature) != 2*half {
			return false, nil
		}
		digest := hashed(by.hash, message)
		defer digests.Put(digest)
		var room [longestDER]byte
		return ecdsa.VerifyASN1(key.ecdsa, digest.sum, derOf(room[:0], signature)), nil
	default:
		if len(key.ed25519) != ed25519.PublicKeySize {
			return false, errMisfit
		}
		return len(signature) == ed25519.SignatureSize && ed25519.Verify(key.ed25519, message, signature), nil
	}
}

type digest struct{ sum []byte }

var digests = sync.Pool{New: func() any { return &digest{make([]byte, 0, 64)} }}

func hashed(hash crypto.Hash, message []byte) *digest {
	result := digests.Get().(*digest)
	pool := &hashes[hash]
	hasher := pool.Get()
	if hasher == nil {
		hasher = hash.New()
	}
	state := hasher.(hasherState)
	state.Reset()
	state.Write(message)
	result.sum = state.Sum(result.sum[:0])
	pool.Put(hasher)
	return result
}

type hasherState interface {
	Reset()
	Write([]byte) (int, error)
	Sum([]byte) []byte
}

var hashes [crypto.SHA512 + 1]sync.Pool

var errMisfit = errors.New("the key is not for the algorithm")

type kind int

const (
	pkcs1 kind = iota
	pss
	curved
	eddsa
)

type properties struct {
	name string
	kind kind
	hash crypto.Hash
	// Of the curve.
	bits int
	salt *rsa.PSSOptions
}

var algorithms = []properties{
	{name: "RS256", kind: pkcs1, hash: crypto.SHA256},
	{name: "RS384", kind: pkcs1, hash: crypto.SHA384},
	{name: "RS512", kind: pkcs1, hash: crypto.SHA512},
	{name: "PS256", kind: pss, hash: crypto.SHA256, salt: salted(crypto.SHA256)},
	{name: "PS384", kind: pss, hash: crypto.SHA384, salt: salted(crypto.SHA384)},
	{name: "PS512", kind: pss, hash: crypto.SHA512, salt: salted(crypto.SHA512)},
	{name: "ES256", kind: curved, hash: crypto.SHA256, bits: 256},
	{name: "ES384", kind: curved, hash: crypto.SHA384, bits: 384},
	{name: "ES512", kind: curved, hash: crypto.SHA512, bits: 521},
	{name: "EdDSA", kind: eddsa},
}

// The salt has the length of the hash (RFC 7518 §3.5).
func salted(hash crypto.Hash) *rsa.PSSOptions {
	return &rsa.PSSOptions{SaltLength: hash.Size(), Hash: hash}
}
