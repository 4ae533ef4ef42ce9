package signature

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
)

// A SelfTestError says that Go's crypto answers wrongly or not at all, so that nothing is verified with it.
type SelfTestError struct {
	// The algorithm's name.
	Algorithm string
	// Why it gave no answer; nil if the answer was wrong.
	Cause error
}

// Error gives a sentence.
func (e *SelfTestError) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("verijot: Go's crypto does not support %s here: %v", e.Algorithm, e.Cause)
	}
	return fmt.Sprintf("verijot: Go's crypto gives wrong answers for %s here; it cannot be used for it", e.Algorithm)
}

// Unwrap gives the cause.
func (e *SelfTestError) Unwrap() error { return e.Cause }

// selfTest tests Go's crypto for an algorithm at its first use: crypto is tested, not trusted.
func selfTest(algorithm Algorithm) error {
	if !algorithm.isKnown() {
		return errMisfit
	}
	return tested[algorithm]()
}

var tested = func() []func() error {
	tests := make([]func() error, len(algorithms))
	for number := range algorithms {
		tests[number] = sync.OnceValue(func() error { return test(Algorithm(number), verify) })
	}
	return tests
}()

// test asks one good signature, one with a flipped bit, one that is too short and, of PSS, one of PKCS #1.
func test(algorithm Algorithm, verify func(Key, Algorithm, []byte, []byte) (bool, error)) error {
	name := algorithm.Name()
	jwk, isOwn := knownKeys[name]
	if !isOwn {
		jwk = knownKeys["RSA"]
	}
	key, err := Load(jwk)
	if err != nil {
		return &SelfTestError{name, err}
	}
	good := known(name)
	flipped := append([]byte(nil), good...)
	flipped[len(flipped)-1] ^= 1
	wrong := [][]byte{flipped, good[1:]}
	if strings.HasPrefix(name, "PS") {
		wrong = append(wrong, known("RS"+name[2:]))
	}
	accepted, err := verify(key, algorithm, []byte(knownMessage), good)
	if err != nil {
		return &SelfTestError{name, err}
	}
	if !accepted {
		return &SelfTestError{Algorithm: name}
	}
	for _, signature := range wrong {
		if accepted, err := verify(key, algorithm, []byte(knownMessage), signature); accepted || err != nil {
			return &SelfTestError{name, err}
		}
	}
	return nil
}

func known(name string) []byte {
	signature, err := base64.RawURLEncoding.DecodeString(knownSignatures[name])
	if err != nil {
		panic(err)
	}
	return signature
}
