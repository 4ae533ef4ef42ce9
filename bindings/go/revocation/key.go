package revocation

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// keyOf gives the column's value for a token of one issuer: its iss, a space and its jti. Different tokens have
// different keys: no unchanged text has a space or begins like a digest.
func keyOf(issuer, id string) string { return exact(issuer) + " " + exact(id) }

// exact gives a text unchanged if every database and its tools preserve it exactly, and otherwise its digest.
func exact(text string) string {
	plain := len(text) >= 1 && len(text) <= longestPlain && !strings.HasPrefix(text, digestPrefix)
	for place := 0; plain && place < len(text); place++ {
		plain = text[place] > ' ' && text[place] <= '~'
	}
	if plain {
		return text
	}
	digest := sha256.Sum256([]byte(text))
	return digestPrefix + hex.EncodeToString(digest[:])
}

const (
	longestPlain = 255
	digestPrefix = "sha256:"
)
