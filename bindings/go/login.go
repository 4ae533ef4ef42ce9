package verijot

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// A Login is what a client knows about one login, and what its ID token must therefore say. It begins with the nonce,
// about which nothing is assumed: [WithNonce], [WithoutNonce], [AnyNonce] or [RefreshOf]. The zero Login is refused.
type Login struct {
	document []byte
	members  map[string]any
	problem  error
}

// A Channel is where an ID token came from.
type Channel string

const (
	// FrontChannel is the authorization endpoint, through the browser. The hashes of what came with the token are
	// required then.
	FrontChannel Channel = "front"
	// BackChannel is the token endpoint, in a response to the client itself. The hashes are optional then, and checked
	// if they are there.
	BackChannel Channel = "back"
)

// WithNonce begins a login whose client sent this nonce. The token must have it.
func WithNonce(nonce string) Login { return Login{}.and("nonce", nonce) }

// WithoutNonce begins a login whose client sent no nonce. The token must not have one.
func WithoutNonce() Login { return Login{}.and("without_nonce", true) }

// AnyNonce waives the check of the nonce: the token of another login is accepted. Safe only if something else ties the
// token to this login, such as PKCE with a token from the token endpoint.
func AnyNonce() Login { return Login{}.and("any_nonce", true) }

// RefreshOf is for a token that a refresh returned: nothing about the user has changed since this token.
func RefreshOf(previous *IDToken) Login { return Login{}.and("refresh_of", payloadOf(previous)) }

// RefreshOfClaims is [RefreshOf] for the payload of the previous token, such as one that was stored.
func RefreshOfClaims(payload []byte) Login {
	return Login{}.and("refresh_of", json.RawMessage(payload))
}

// LoginOf reads a login's document (core/guide/profiles.md), JSON. No method of a login may be called with it.
func LoginOf(document []byte) Login { return Login{document: append([]byte{}, document...)} }

// MaxAge says how long ago the user may have logged in: max_age of the request.
func (l Login) MaxAge(age time.Duration) Login { return l.and("max_age", module.Decimal(age)) }

// RequireAuthenticationTime demands auth_time.
func (l Login) RequireAuthenticationTime() Login { return l.and("auth_time_required", true) }

// ACR demands that acr is one of these.
func (l Login) ACR(contexts ...string) Login { return l.and("acr", list(contexts)) }

// AccessToken is the access token that came with the ID token, for at_hash.
func (l Login) AccessToken(token string, from Channel) Login {
	return l.and("access_token", token).from(from)
}

// Code is the code that came with the ID token, for c_hash.
func (l Login) Code(code string, from Channel) Login { return l.and("code", code).from(from) }

// State is state of the request: s_hash must be its hash, if it is there.
func (l Login) State(state string) Login { return l.and("state", state) }

// RequiredState is [Login.State], but s_hash must be there.
func (l Login) RequiredState(state string) Login { return l.and("required_state", state) }

// SecondOf is the ID token of the authorization endpoint, where this is that of the token endpoint.
func (l Login) SecondOf(first *IDToken) Login { return l.and("second_of", payloadOf(first)) }

// Format shows nothing of the login, which holds secrets.
func (l Login) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, "verijot.Login{}") }

func (l Login) and(name string, value any) Login {
	l.members, l.problem = expecting(l.members, l.problem, name, value)
	return l
}

func (l Login) from(channel Channel) Login {
	if known, isKnown := l.members["channel"]; isKnown && known != channel && l.problem == nil {
		l.problem = invalidPolicy("channel", "the access token and the code came through different channels")
	}
	return l.and("channel", channel)
}

func (l Login) write() ([]byte, error) {
	return expectationsOf(l.document, l.members, l.problem)
}

// expecting adds a member to those of a call. A second, different value is an error.
func expecting(members map[string]any, problem error, name string, value any) (map[string]any, error) {
	all := maps.Clone(members)
	if all == nil {
		all = map[string]any{}
	}
	if known, isThere := all[name]; isThere && problem == nil && !isSameJSON(known, value) {
		problem = invalidPolicy(name, "two calls give it different values; leave one out")
	}
	all[name] = value
	return all, problem
}

// expectationsOf writes the document of a call. What is missing in it the core misses.
func expectationsOf(document []byte, members map[string]any, problem error) ([]byte, error) {
	switch {
	case problem != nil:
		return nil, problem
	case document != nil && members != nil:
		return nil, invalidPolicy("", "a method was called beside a document; write it into the document")
	case document != nil:
		return document, nil
	case members == nil:
		return nothing, nil
	}
	written, err := json.Marshal(members)
	if err != nil {
		return nil, invalidPolicy("refresh_of", err.Error())
	}
	return written, nil
}

// payloadOf gives the claims of a token; null without one, which the core refuses.
func payloadOf(token *IDToken) any {
	if token == nil || token.checkedClaims == nil {
		return nil
	}
	return json.RawMessage(token.token.Payload())
}
