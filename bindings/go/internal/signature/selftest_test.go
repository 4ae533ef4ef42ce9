package signature

import (
	"errors"
	"testing"
)

func TestEveryAlgorithmPassesItsSelfTest(t *testing.T) {
	for number := range algorithms {
		if err := selfTest(Algorithm(number)); err != nil {
			t.Error(err)
		}
	}
}

func TestCryptoThatAnswersWronglyIsRefusedByName(t *testing.T) {
	for number := range algorithms {
		algorithm := Algorithm(number)
		wrong := map[string]func(Key, Algorithm, []byte, []byte) (bool, error){
			"always": func(Key, Algorithm, []byte, []byte) (bool, error) { return true, nil },
			"never":  func(Key, Algorithm, []byte, []byte) (bool, error) { return false, nil },
			"fails":  func(Key, Algorithm, []byte, []byte) (bool, error) { return false, errMisfit },
			"ignores length": func(_ Key, _ Algorithm, _, s []byte) (bool, error) {
				return len(s) != len(known(algorithm.Name())) || s[len(s)-1] == known(algorithm.Name())[len(s)-1], nil
			},
		}
		if algorithms[number].kind == pss {
			// As one host was found to do: PKCS #1 is accepted where PSS is asked for.
			wrong["ignores padding"] = func(key Key, algorithm Algorithm, message, signature []byte) (bool, error) {
				good, err := verify(key, algorithm, message, signature)
				if good || err != nil {
					return good, err
				}
				return verify(key, algorithm-3, message, signature)
			}
		}
		for name, crypto := range wrong {
			var failed *SelfTestError
			if err := test(algorithm, crypto); !errors.As(err, &failed) || failed.Algorithm != algorithm.Name() {
				t.Errorf("%s, %s: %v", algorithm.Name(), name, err)
			}
		}
	}
}
