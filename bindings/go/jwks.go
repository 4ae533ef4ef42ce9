package verijot

import (
	"encoding/json"
	"runtime"
	"strconv"
	"sync/atomic"

	"github.com/verijot/verijot/bindings/go/internal/module"
	"github.com/verijot/verijot/bindings/go/internal/signature"
)

// A JWKSet is the keys of one issuer. It is read once, for any number of tokens, and safe for concurrent use.
type JWKSet struct {
	*loadedKeys
}

// A Key is a key of a set.
type Key struct {
	// ID is its kid; HasID says whether it has one.
	ID    string
	HasID bool
	// Kind is its type and size, such as "RSA 2048 bits".
	Kind string
	// Type is its kty.
	Type string
	// Algorithms are those that it is used with.
	Algorithms []string
}

// A SkippedKey is a key of a set that is not used.
type SkippedKey struct {
	// Index is its position in the set, from zero.
	Index int
	// ID is its kid, if that is a string.
	ID string
	// Type is its kty, if that is a string.
	Type string
	// Reason says why.
	Reason Code
	// Message says it in words.
	Message string
}

// A KeysOption changes how keys are read.
type KeysOption func(*module.Options)

// AllowSymmetricKeys uses HMAC secrets (kty oct). Only for a set that nobody else can read.
func AllowSymmetricKeys() KeysOption {
	return func(o *module.Options) { o.Is("symmetric_keys", true) }
}

// ToleratePaddedBase64 accepts numbers in base64 with padding or of the standard alphabet, against RFC 7515 §2.
func ToleratePaddedBase64() KeysOption {
	return func(o *module.Options) { o.Is("padded_base64", true) }
}

// TolerateShortCoordinates accepts coordinates without leading zero octets, against RFC 7518 §6.2.1.2.
func TolerateShortCoordinates() KeysOption {
	return func(o *module.Options) { o.Is("short_coordinates", true) }
}

// ForPurposes says which values the use of a key may have, such as jwt-svid; without it none and sig.
func ForPurposes(purposes ...string) KeysOption {
	return func(o *module.Options) {
		if len(purposes) == 0 {
			// No purpose is good.
			o.Text("purposes", "")
		}
		for _, purpose := range purposes {
			o.Text("purposes", purpose)
		}
	}
}

// MaxSetOctets is the most octets of a set; without it 262144.
func MaxSetOctets(octets uint64) KeysOption {
	return func(o *module.Options) { o.Text("max_octets", strconv.FormatUint(octets, 10)) }
}

// MaxSetKeys is the most keys of a set; without it 100.
func MaxSetKeys(keys uint64) KeysOption {
	return func(o *module.Options) { o.Text("max_keys", strconv.FormatUint(keys, 10)) }
}

// KeyID gives a key that is read from PEM, or a secret, its kid. Without one it is tried for every token.
func KeyID(kid string) KeysOption {
	return func(o *module.Options) { o.Text("kid", kid) }
}

// ForAlgorithms says what a key that is read from PEM, or a secret, is for.
func ForAlgorithms(names ...string) KeysOption {
	return func(o *module.Options) {
		for _, name := range names {
			o.Text("algorithm", name)
		}
	}
}

// ParseJWKS reads a JWK Set (RFC 7517 §5). The error is a [*SetupError] if the set as a whole cannot be used;
// single keys that cannot be used are in [JWKSet.Skipped].
func ParseJWKS(json []byte, options ...KeysOption) (*JWKSet, error) {
	return readKeys(formJWKSet, json, options)
}

// ParseJWK reads one JWK (RFC 7517 §4) as a set of one key.
func ParseJWK(json []byte, options ...KeysOption) (*JWKSet, error) {
	return readKeys(formJWK, json, options)
}

// ParseCertificates reads an object of kid and certificate or public key in PEM, as Google publishes it for Firebase.
// All keys are for these algorithms; of a certificate neither validity nor chain is checked. The error is that of
// [ParseJWKS].
func ParseCertificates(json []byte, algorithms []string, options ...KeysOption) (*JWKSet, error) {
	named := func(o *module.Options) {
		if len(algorithms) == 0 {
			// None are no reason to read another format.
			o.Text("certificates", "")
		}
		for _, name := range algorithms {
			o.Text("certificates", name)
		}
	}
	return readKeys(formJWKSet, json, append([]KeysOption{named}, options...))
}

// ParsePEM reads one public key in PEM, or that of a certificate in PEM, whose validity and chain are not
// checked. [ForAlgorithms] must say what it is for.
func ParsePEM(pem []byte, options ...KeysOption) (*JWKSet, error) {
	return readKeys(formPEM, pem, options)
}

// FromSecret makes a set of one shared secret for HMAC (RFC 7518 §3.2), for the algorithms that
// [ForAlgorithms] names or, without it, for each whose hash is not longer than the secret.
func FromSecret(secret []byte, options ...KeysOption) (*JWKSet, error) {
	return readKeys(formSecret, secret, options)
}

// Keys gives the keys that can be used, in the set's order.
func (s *JWKSet) Keys() []Key {
	var keys []Key
	for _, key := range s.now().keys {
		keys = append(keys, key.facts())
	}
	return keys
}

// Skipped gives the keys that are not used, in the set's order, with the reasons.
func (s *JWKSet) Skipped() []SkippedKey {
	return append([]SkippedKey(nil), s.now().skipped...)
}

// Close gives the memory of the set back at once; otherwise that happens some time after its last use.
// Verifying with a closed set fails.
func (s *JWKSet) Close() { s.drop() }

func readKeys(form int32, octets []byte, options []KeysOption) (*JWKSet, error) {
	instance := module.Current()
	var named module.Options
	for _, option := range options {
		option(&named)
	}
	if name := named.Twice("purposes", "algorithm", "certificates"); name != "" {
		return nil, &SetupError{
			Code: ErrInvalidKeySource, Message: name + " is given twice, with different values; leave one out",
		}
	}
	keys := &loadedKeys{instance: instance}
	var problem error
	err := instance.Do(func() {
		places := instance.Octets(octets, named.Octets())
		status := module.Status(instance.Xverijot_keys(
			form, places[0].Address, places[0].Length, places[1].Address, places[1].Length))
		if status != module.Done {
			problem = setupErrorOf(instance.AnswerView())
			return
		}
		problem = keys.describe(instance.Object(0))
	})
	if err == nil {
		err = problem
	}
	if err != nil {
		return nil, err
	}
	return keys.owned(), nil
}

// owned gives the set that drops the keys when it is gone.
func (k *loadedKeys) owned() *JWKSet {
	set := &JWKSet{k}
	runtime.AddCleanup(set, func(keys *loadedKeys) { keys.drop() }, k)
	return set
}

// loadedKeys are keys of the core's, loaded into Go.
type loadedKeys struct {
	instance *module.Instance
	// Replaced as a whole, while the instance is locked. Read it with a copy of the instance locked before naming keys to
	// that copy, so that both know the same keys.
	latest atomic.Pointer[describedKeys]
}

// describedKeys are the keys of a set from a moment on.
type describedKeys struct {
	number int32
	since  module.Moment
	// By position. While a verification waits, another can skip a key, which moves those after it.
	keys    []*loadedKey
	skipped []SkippedKey
}

func (k *loadedKeys) now() *describedKeys { return k.latest.Load() }

type loadedKey struct {
	described describedKey
	key       signature.Key
}

type describedKey struct {
	ID         *string        `json:"kid"`
	Kind       string         `json:"kind"`
	Type       string         `json:"type"`
	Algorithms []string       `json:"algorithms"`
	JWK        *signature.JWK `json:"jwk"`
}

func (k *loadedKey) facts() Key {
	facts := Key{Kind: k.described.Kind, Type: k.described.Type}
	facts.Algorithms = append(facts.Algorithms, k.described.Algorithms...)
	if k.described.ID != nil {
		facts.ID, facts.HasID = *k.described.ID, true
	}
	return facts
}

// describe loads every key of the set of this number, and skips those that Go cannot load. The instance is locked.
func (k *loadedKeys) describe(number int32) error {
	for {
		if module.Status(k.instance.Xverijot_keys_describe(number)) != module.Done {
			return setupErrorOf(k.instance.AnswerView())
		}
		var description struct {
			Keys    []describedKey `json:"keys"`
			Skipped []struct {
				Index   int    `json:"index"`
				ID      string `json:"kid"`
				Type    string `json:"type"`
				Reason  Code   `json:"reason"`
				Message string `json:"message"`
			} `json:"skipped"`
		}
		if err := json.Unmarshal(k.instance.AnswerView(), &description); err != nil {
			return err
		}
		now := &describedKeys{number: number}
		for _, key := range description.Skipped {
			now.skipped = append(now.skipped, SkippedKey(key))
		}
		unloadable := -1
		for position, described := range description.Keys {
			loaded := &loadedKey{described: described}
			if described.JWK != nil {
				key, err := signature.Load(*described.JWK)
				if err != nil {
					unloadable = position
					break
				}
				loaded.key = key
			}
			now.keys = append(now.keys, loaded)
		}
		if unloadable < 0 {
			now.since = k.instance.Changed()
			k.latest.Store(now)
			return nil
		}
		k.instance.Xverijot_keys_skip(number, int32(unloadable))
	}
}

// skip makes a key one that is not used, unless it is skipped already. The instance is locked.
func (k *loadedKeys) skip(key *loadedKey) error {
	now := k.now()
	for position, known := range now.keys {
		if known == key {
			k.instance.Xverijot_keys_skip(now.number, int32(position))
			return k.describe(now.number)
		}
	}
	return nil
}

func (k *loadedKeys) drop() {
	_ = k.instance.Do(func() {
		dropped := *k.now()
		k.instance.Xverijot_keys_drop(dropped.number)
		dropped.number = 0
		k.latest.Store(&dropped)
	})
}

const (
	formJWKSet = 0
	formJWK    = 1
	formPEM    = 2
	formSecret = 3
)
