package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strconv"
)

// A JWK is a public key as the core writes it: only what every platform knows, already found sound.
type JWK struct {
	Type     string `json:"kty"`
	Curve    string `json:"crv"`
	Modulus  string `json:"n"`
	Exponent string `json:"e"`
	X        string `json:"x"`
	Y        string `json:"y"`
}

// A Key is a public key that Go can use.
type Key struct {
	rsa     *rsa.PublicKey
	ecdsa   *ecdsa.PublicKey
	ed25519 ed25519.PublicKey
}

// Load loads a key. An error means that Go cannot use it, whatever the signature.
func Load(jwk JWK) (Key, error) {
	switch jwk.Type {
	case "RSA":
		return loadRSA(jwk)
	case "EC":
		return loadEC(jwk)
	case "OKP":
		x, err := base64.RawURLEncoding.DecodeString(jwk.X)
		if err != nil || len(x) != ed25519.PublicKeySize || jwk.Curve != "Ed25519" {
			return Key{}, errors.New("no Ed25519 key")
		}
		return Key{ed25519: x}, nil
	}
	return Key{}, fmt.Errorf("no key of the type %q", jwk.Type)
}

func loadRSA(jwk JWK) (Key, error) {
	modulus, err := number(jwk.Modulus)
	if err != nil {
		return Key{}, err
	}
	exponent, err := number(jwk.Exponent)
	if err != nil {
		return Key{}, err
	}
	if exponent.BitLen() >= strconv.IntSize {
		return Key{}, errors.New("no RSA key of Go has such an exponent")
	}
	key := Key{rsa: &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}}
	// Go refuses some keys only when they are used.
	if key.rsa.E != 65537 || modulus.BitLen() > 4096 || modulus.BitLen() < 2048 {
		if _, err := verify(key, 0, nil, make([]byte, (modulus.BitLen()+7)/8)); err != nil {
			return Key{}, err
		}
	}
	return key, nil
}

func loadEC(jwk JWK) (Key, error) {
	x, err := number(jwk.X)
	if err != nil {
		return Key{}, err
	}
	y, err := number(jwk.Y)
	if err != nil {
		return Key{}, err
	}
	var curve elliptic.Curve
	switch jwk.Curve {
	case "P-256":
		curve = elliptic.P256()
	case "P-384":
		curve = elliptic.P384()
	case "P-521":
		curve = elliptic.P521()
	default:
		return Key{}, fmt.Errorf("no curve %q", jwk.Curve)
	}
	key := &ecdsa.PublicKey{Curve: curve, X: x, Y: y}
	if _, err := key.ECDH(); err != nil {
		return Key{}, err
	}
	return Key{ecdsa: key}, nil
}

func number(base64url string) (*big.Int, error) {
	octets, err := base64.RawURLEncoding.DecodeString(base64url)
	if err != nil {
		return nil, err
	}
	return new(big.Int).SetBytes(octets), nil
}

// Public gives the key as crypto/* has it.
func (k Key) Public() crypto.PublicKey {
	switch {
	case k.rsa != nil:
		return k.rsa
	case k.ecdsa != nil:
		return k.ecdsa
	}
	return k.ed25519
}
