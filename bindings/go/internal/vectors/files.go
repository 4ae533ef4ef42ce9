// Package vectors runs folders of test vectors (testvectors/README.md) through the public API.
package vectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Case is one case of a file. An unknown member is an error, so that no expectation is ignored.
type Case struct {
	ID            string          `json:"id"`
	Title         string          `json:"title"`
	Why           string          `json:"why"`
	Refs          json.RawMessage `json:"refs"`
	CVEs          json.RawMessage `json:"cves"`
	Requires      []string        `json:"requires"`
	JWKS          json.RawMessage `json:"jwks"`
	JWKSText      *string         `json:"jwks_text"`
	JWKSOptions   []string        `json:"jwks_options"`
	Certificates  *[]string       `json:"jwks_certificates"`
	Purposes      *[]string       `json:"jwks_purposes"`
	Token         *string         `json:"token"`
	TokenHex      *string         `json:"token_hex"`
	TokenRepeat   *repeated       `json:"token_repeat"`
	Authorization json.RawMessage `json:"authorization"`
	Mode          string          `json:"mode"`
	Policy        json.RawMessage `json:"policy"`
	Profile       json.RawMessage `json:"profile"`
	Expectations  json.RawMessage `json:"expectations"`
	ReplayWindow  string          `json:"replay_window"`
	ALB           json.RawMessage `json:"alb"`
	Now           *string         `json:"now"`
	Expect        expectation     `json:"expect"`
	SkippedKeys   *[]skipped      `json:"skipped_keys"`
}

type repeated struct {
	Prefix string `json:"prefix"`
	Unit   string `json:"unit"`
	Times  int    `json:"times"`
	Suffix string `json:"suffix"`
}

type expectation struct {
	Valid *valid  `json:"valid"`
	Error string  `json:"error"`
	Claim *string `json:"claim"`
}

type valid struct {
	KeyID            *string         `json:"kid"`
	Algorithm        *string         `json:"alg"`
	Payload          *string         `json:"payload"`
	PayloadBase64URL *string         `json:"payload_base64url"`
	Checked          json.RawMessage `json:"checked"`
}

type skipped struct {
	Index  int     `json:"index"`
	KeyID  *string `json:"kid"`
	Reason string  `json:"reason"`
}

// Read gives the cases of every file of a folder, each valid one followed by its flipped twin.
func Read(folder string) ([]Case, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	var cases []Case
	for _, path := range paths {
		name := filepath.Base(path)
		if name == "codes.json" || strings.HasSuffix(name, "schema.json") {
			continue
		}
		read, err := readFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		cases = append(cases, read...)
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("%s: no test vectors", folder)
	}
	return cases, nil
}

func readFile(path string) ([]Case, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Schema  string                     `json:"schema"`
		KeySets map[string]json.RawMessage `json:"key_sets"`
		Cases   []json.RawMessage          `json:"cases"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	isFirst := file.Schema == "verijot-testvectors-v1"
	if !isFirst && file.Schema != "verijot-testvectors-v2" {
		return nil, fmt.Errorf("not a file of test vectors: %q", file.Schema)
	}
	var cases []Case
	for _, written := range file.Cases {
		var one Case
		decoder := json.NewDecoder(bytes.NewReader(written))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&one); err != nil {
			return nil, fmt.Errorf("%s: %w", written, err)
		}
		var name string
		if json.Unmarshal(one.JWKS, &name) == nil && string(one.JWKS) != "null" {
			one.JWKS = file.KeySets[name]
		}
		if one.JWKS == nil && one.JWKSText == nil {
			return nil, fmt.Errorf("%s has no keys", one.ID)
		}
		cases = append(cases, one)
		if !isFirst && one.Expect.Valid != nil {
			cases = append(cases, one.twin())
		}
	}
	return cases, nil
}

func (c Case) twin() Case {
	c.ID += "-flipped"
	c.Expect = expectation{Error: "invalid_signature"}
	switch {
	case c.Token != nil:
		token := flipped(*c.Token)
		c.Token = &token
	case c.TokenRepeat != nil:
		token := *c.TokenRepeat
		token.Suffix = flipped(token.Suffix)
		c.TokenRepeat = &token
	default:
		var value string
		if err := json.Unmarshal(c.Authorization, &value); err != nil {
			panic(c.ID)
		}
		c.Authorization, _ = json.Marshal(flipped(value))
	}
	return c
}

// flipped flips the lowest bit of the first character after the last dot.
func flipped(token string) string {
	place := strings.LastIndexByte(token, '.') + 1
	other := alphabet[strings.IndexByte(alphabet, token[place])^1]
	return token[:place] + string(other) + token[place+1:]
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
