package verijot

import (
	"context"
	"crypto"
	"errors"
	"reflect"
)

// Keyfunc gives the function that golang-jwt asks for a key, for those who stay with it for now:
//
//	token, err := jwt.Parse(raw, verijot.Keyfunc[jwt.Token](client))
//
// The client verifies the token first, with every check of its policy, and refuses it with an [*Error], which
// errors.As finds in that of golang-jwt; only then golang-jwt gets the key that the signature was verified with,
// and verifies it again. T is the token of any version of golang-jwt: a struct whose field Raw is the token's text.
// Nothing of golang-jwt is imported. Secrets are not given away, so that tokens with HMAC are refused.
func Keyfunc[T any](client interface {
	Verify(ctx context.Context, raw string) (*Token, error)
}) func(*T) (any, error) {
	return func(token *T) (any, error) {
		field := reflect.ValueOf(token).Elem().FieldByName("Raw")
		if field.Kind() != reflect.String {
			return nil, errors.New("verijot: the token has no text; Keyfunc is for golang-jwt's type Token")
		}
		verified, err := client.Verify(context.Background(), field.String())
		if err != nil {
			return nil, err
		}
		return verified.publicKey()
	}
}

func (t *Token) publicKey() (crypto.PublicKey, error) {
	if t.key == nil {
		return nil, errors.New("verijot: a secret is not given away")
	}
	return t.key.key.Public(), nil
}
