// Command go-oidc runs the scoreboard's requests through go-oidc: lines of JSON in, verdicts out, as in
// ../python/protocol.py.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// algorithms are those that go-oidc has a name for.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512,
	oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// request is one verification of a token of a known kind.
type request struct {
	ID           string       `json:"id"`
	Kind         string       `json:"kind"`
	Token        string       `json:"token"`
	JWKS         string       `json:"jwks"`
	Now          string       `json:"now"`
	Issuer       string       `json:"issuer"`
	Audience     string       `json:"audience"`
	Algorithms   []string     `json:"algorithms"`
	Symmetric    bool         `json:"symmetric"`
	Leeway       string       `json:"leeway"`
	Expectations expectations `json:"expectations"`
}

// expectations are what the call says about the login.
type expectations struct {
	Nonce            *string  `json:"nonce"`
	WithoutNonce     bool     `json:"without_nonce"`
	AnyNonce         bool     `json:"any_nonce"`
	MaxAge           *string  `json:"max_age"`
	AuthTimeRequired bool     `json:"auth_time_required"`
	ACR              []string `json:"acr"`
	AccessToken      *string  `json:"access_token"`
	Code             *string  `json:"code"`
	Channel          string   `json:"channel"`
}

// cannotSay is the answer for what the library has no parameter for.
type cannotSay string

func (what cannotSay) Error() string { return string(what) }

func main() {
	say(map[string]any{
		"library":    "go-oidc",
		"version":    version(),
		"runtime":    "Go " + strings.Join(strings.Split(strings.TrimPrefix(runtime.Version(), "go"), ".")[:2], "."),
		"algorithms": algorithms,
	})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		answer := map[string]any{"id": asked.ID, "verdict": "accept", "error": nil}
		if err := verify(&asked); err != nil {
			answer["verdict"], answer["error"] = "refuse", err.Error()
			var cannot cannotSay
			if errors.As(err, &cannot) {
				answer["verdict"] = "cannot"
			}
		}
		say(answer)
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
}

func verify(asked *request) error {
	if asked.Symmetric {
		return cannotSay("a secret")
	}
	if asked.Kind != "id-token" && asked.Kind != "logout-token" {
		return cannotSay(asked.Kind)
	}
	now, leeway := seconds(asked.Now), seconds(asked.Leeway)
	if needsLeeway(asked.Token, now, leeway) {
		return cannotSay("a leeway")
	}
	whole, fraction := math.Modf(now)
	config := oidc.Config{
		ClientID:             asked.Audience,
		SupportedSigningAlgs: asked.Algorithms,
		Now:                  func() time.Time { return time.Unix(int64(whole), int64(fraction*1e9)) },
	}
	if asked.Algorithms == nil {
		config.SupportedSigningAlgs = algorithms
	}
	verifier := oidc.NewVerifier(asked.Issuer, keySet(asked.JWKS), &config)
	if asked.Kind == "logout-token" {
		_, err := verifier.VerifyLogout(context.Background(), asked.Token)
		return err
	}
	return verifyLogin(verifier, asked)
}

// verifyLogin does what the documentation leaves to the caller: the nonce, and the hash of the access token.
func verifyLogin(verifier *oidc.IDTokenVerifier, asked *request) error {
	said := asked.Expectations
	if said.MaxAge != nil || said.AuthTimeRequired || said.ACR != nil || said.Code != nil || said.WithoutNonce {
		return cannotSay("the login but for its nonce and access token")
	}
	token, err := verifier.Verify(context.Background(), asked.Token)
	if err != nil {
		return err
	}
	if said.Nonce != nil && token.Nonce != *said.Nonce {
		return errors.New("the nonce differs")
	}
	if said.AccessToken != nil && (said.Channel == "front" || token.AccessTokenHash != "") {
		return token.VerifyAccessToken(*said.AccessToken)
	}
	return nil
}

// needsLeeway tells whether a date is so near that the leeway decides: go-oidc has none for exp, and a fixed one for
// nbf.
func needsLeeway(token string, now, leeway float64) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return false
	}
	var claims map[string]any
	if json.Unmarshal(text, &claims) != nil {
		return false
	}
	expiry, hasExpiry := claims["exp"].(float64)
	start, hasStart := claims["nbf"].(float64)
	return hasExpiry && expiry <= now && now < expiry+leeway ||
		hasStart && start > now+leeway && start <= now+300 || hasStart && start > now+300 && start <= now+leeway
}

// served answers every request with one text.
type served string

func (text served) RoundTrip(asked *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK,
		Status:     "200 OK",
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(string(text))),
		Request:    asked,
	}, nil
}

var keySets = map[string]oidc.KeySet{}

// keySet returns the library's own client for a set that is already here.
func keySet(text string) oidc.KeySet {
	known, ok := keySets[text]
	if !ok {
		client := &http.Client{Transport: served(text)}
		known = oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), "https://issuer.example/jwks")
		keySets[text] = known
	}
	return known
}

func seconds(text string) float64 {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return number
}

func version() string {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "github.com/coreos/go-oidc/v3" {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}

func say(members map[string]any) {
	text, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}
