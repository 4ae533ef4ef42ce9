package verijot

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// A Token is a JWT that may be believed. It never changes, and is safe for concurrent use.
type Token struct {
	instance *module.Instance
	texts    [8]string
	present  uint8
	// exp, nbf, iat.
	dates [3]float64
	// What verified it; nil for a secret.
	key *loadedKey
}

// Subject gives sub (RFC 7519 §4.1.2), a number as its digits; empty if there is none.
func (t *Token) Subject() string { return t.texts[textSubject] }

// ID gives jti (RFC 7519 §4.1.7); empty if there is none.
func (t *Token) ID() string { return t.texts[textID] }

// Issuer gives iss (RFC 7519 §4.1.1); empty if there is none.
func (t *Token) Issuer() string { return t.texts[textIssuer] }

// Audience gives each string in aud (RFC 7519 §4.1.3).
func (t *Token) Audience() []string { return listOf([]byte(t.texts[textAudience])) }

// ExpiresAt gives exp (RFC 7519 §4.1.4); the zero time if there is none.
func (t *Token) ExpiresAt() time.Time { return dateOf(t.dates[0]) }

// NotBefore gives nbf (RFC 7519 §4.1.5); the zero time if there is none.
func (t *Token) NotBefore() time.Time { return dateOf(t.dates[1]) }

// IssuedAt gives iat (RFC 7519 §4.1.6); the zero time if there is none.
func (t *Token) IssuedAt() time.Time { return dateOf(t.dates[2]) }

// Algorithm gives alg of the header.
func (t *Token) Algorithm() string { return t.texts[textAlgorithm] }

// KeyID gives kid of the header or, without one there, that of the key; empty if there is none.
func (t *Token) KeyID() string { return t.texts[textKeyID] }

// HasKeyID says whether there is a kid, which may be empty.
func (t *Token) HasKeyID() bool { return t.present&(1<<textKeyID) != 0 }

// Header gives the JOSE header (RFC 7515 §4) as JSON.
func (t *Token) Header() []byte { return []byte(t.texts[textHeader]) }

// Payload gives the payload, octet for octet as it was signed: one JSON object.
func (t *Token) Payload() []byte { return []byte(t.texts[textPayload]) }

// Claims reads the payload into a value, as encoding/json does, but the claim for a field of the value with a json tag
// is found under its exact name only: encoding/json would take a claim "SUB" for the field of "sub", and a later one for
// an earlier. Fields without a tag, those of structs within, and a *any match as in encoding/json. A claim that does not
// fit is a [*Error] with the code invalid_claim.
func (t *Token) Claims(destination any) error { return claimsOf(t.Payload(), destination) }

func claimsOf(payload []byte, destination any) error {
	err := json.Unmarshal(exactMembers(payload, destination), destination)
	if err == nil {
		return nil
	}
	if wrong, isWrong := err.(*json.UnmarshalTypeError); isWrong {
		return refuse(causeInvalidClaim, wrong.Field, err)
	}
	return err
}

// Scopes gives the scopes in scope (RFC 8693 §4.2) or, without that, in scp.
func (t *Token) Scopes() []string {
	var scopes []string
	_ = t.instance.DoAnywhere(always, func(instance *module.Instance) {
		address, length := instance.Text(t.texts[textPayload])
		if module.Status(instance.Xverijot_scopes(address, length)) == module.Done {
			scopes = listOf(instance.AnswerView())
		}
	})
	return scopes
}

// HasScope says whether the token grants a scope.
func (t *Token) HasScope(scope string) bool { return contains(t.Scopes(), scope) }

// Roles gives the roles in a claim, whose names are given from the outermost inwards: those of an array of
// strings, or one string.
func (t *Token) Roles(path ...string) []string {
	var roles []string
	_ = t.instance.DoAnywhere(always, func(instance *module.Instance) {
		places := instance.Octets([]byte(t.texts[textPayload]), module.Entries(path...))
		status := instance.Xverijot_roles(
			places[0].Address, places[0].Length, places[1].Address, places[1].Length)
		if module.Status(status) == module.Done {
			roles = listOf(instance.AnswerView())
		}
	})
	return roles
}

// HasRole says whether the token grants a role, in the claim of these names.
func (t *Token) HasRole(role string, path ...string) bool { return contains(t.Roles(path...), role) }

// Format shows no claim, so that a log that prints the token by mistake holds nothing personal.
func (t Token) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "verijot.Token{%s}", t.texts[textAlgorithm])
}

// A JWS is a signature that was verified, of any payload.
type JWS struct {
	header    string
	payload   []byte
	algorithm string
	keyID     string
	hasKeyID  bool
}

// Header gives the JOSE header (RFC 7515 §4) as JSON.
func (j *JWS) Header() []byte { return []byte(j.header) }

// Payload gives the payload, octet for octet as it was signed.
func (j *JWS) Payload() []byte { return append([]byte(nil), j.payload...) }

// Algorithm gives alg of the header.
func (j *JWS) Algorithm() string { return j.algorithm }

// KeyID gives kid of the header or, without one there, that of the key; empty if there is none.
func (j *JWS) KeyID() string { return j.keyID }

// acceptedToken reads the token that the core has just accepted in an instance, which is locked. home is the one that
// is there as long as the token.
func acceptedToken(instance, home *module.Instance, by *loadedKey) (*Token, error) {
	if status := module.Status(instance.Xverijot_accepted(record)); status != module.Done {
		return nil, unexpected(instance, status)
	}
	token := &Token{instance: home, present: uint8(instance.Object(3)), key: by}
	for place := range token.dates {
		token.dates[place] = instance.Number(place)
	}
	view := instance.AnswerView()
	// One text for all, of which the others are parts.
	all := string(view)
	place := 0
	for number := range token.texts {
		length := int(binary.LittleEndian.Uint32(view[place:]))
		place += 4
		token.texts[number] = all[place : place+length]
		place += length
	}
	return token, nil
}

// acceptedJWS reads the JWS that the core has just accepted. The instance is locked.
func acceptedJWS(instance *module.Instance) *JWS {
	text := func(number int32) (string, bool) {
		status := module.Status(instance.Xverijot_accepted(number))
		if status != module.Done {
			return "", false
		}
		return instance.Answer(), true
	}
	jws := new(JWS)
	payload, _ := text(textPayload)
	jws.payload = []byte(payload)
	jws.header, _ = text(textHeader)
	jws.algorithm, _ = text(textAlgorithm)
	jws.keyID, jws.hasKeyID = text(textKeyID)
	return jws
}

// always is the moment from which on copies know what names no object.
func always() module.Moment { return 0 }

func dateOf(seconds float64) time.Time {
	if math.IsNaN(seconds) {
		return time.Time{}
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(math.Round(part*1e9)))
}

func listOf(text []byte) []string {
	var list []string
	if json.Unmarshal(text, &list) != nil {
		return nil
	}
	return list
}

func contains(list []string, wanted string) bool {
	for _, each := range list {
		if each == wanted {
			return true
		}
	}
	return false
}

// The texts of verijot_accepted.
const (
	textPayload = iota
	textHeader
	textAlgorithm
	textKeyID
	textIssuer
	textSubject
	textID
	textAudience
	record = 9
)
