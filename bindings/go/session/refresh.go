package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/verijot/verijot/bindings/go"
)

// A Refresh sends a refresh token to the token endpoint once, and returns the new tokens. It must end soon after the
// context does: until it does, no other refresh starts. maxAnswerOctets is the most octets of the answer. If the
// answer brings no tokens, the error is a [*RefreshFailedError]; any other counts as no answer.
type Refresh func(ctx context.Context, refreshToken string, maxAnswerOctets int) (Tokens, error)

// A RefreshFailedError is the answer to a refresh that brought no tokens.
type RefreshFailedError struct {
	// Status is that of the answer.
	Status int
	// Body is the answer's: invalid_grant in it ends the session (RFC 6749 §5.2).
	Body []byte
}

// Error gives a sentence, without the body.
func (e *RefreshFailedError) Error() string {
	return fmt.Sprintf("verijot: the token endpoint answered with status %d and no usable tokens", e.Status)
}

// An Endpoint is a token endpoint, and the client to be there.
type Endpoint struct {
	// URL is with https, or http on this machine.
	URL string
	// ClientID names the client.
	ClientID string
	// ClientSecret is sent by HTTP Basic authentication (RFC 6749 §2.3.1), unless it is empty.
	ClientSecret string
	// Scope is a narrower scope, unless it is empty.
	Scope string
	// HTTPClient makes the requests, unless it is nil. It follows no redirect.
	HTTPClient *http.Client
}

// RefreshWith gives a refresh that sends one request (RFC 6749 §6). The error is an [*verijot.AccessTokenError] with
// the code unsafe_url unless the endpoint is https, or http on this machine.
func RefreshWith(endpoint Endpoint) (Refresh, error) {
	if err := maySend(endpoint.URL); err != nil {
		return nil, err
	}
	if endpoint.ClientID == "" {
		return nil, errors.New("verijot: the token endpoint's client has no ID")
	}
	client := http.Client{}
	if endpoint.HTTPClient != nil {
		client = *endpoint.HTTPClient
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(ctx context.Context, refreshToken string, maxAnswerOctets int) (Tokens, error) {
		return endpoint.refresh(ctx, &client, refreshToken, maxAnswerOctets)
	}, nil
}

func (e Endpoint) refresh(ctx context.Context, client *http.Client, refreshToken string, most int) (Tokens, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}
	if e.Scope != "" {
		form.Set("scope", e.Scope)
	}
	if e.ClientSecret == "" {
		form.Set("client_id", e.ClientID)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return Tokens{}, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if e.ClientSecret != "" {
		request.SetBasicAuth(url.QueryEscape(e.ClientID), url.QueryEscape(e.ClientSecret))
	}
	// A refresh token is good for one request, which a transport must not repeat by itself.
	request.GetBody = nil
	response, err := client.Do(request)
	if err != nil {
		return Tokens{}, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, int64(most)+1))
	if err != nil {
		return Tokens{}, err
	}
	if response.StatusCode == http.StatusOK && len(answer) <= most {
		if tokens, err := issued(answer); err == nil {
			return tokens, nil
		}
	}
	return Tokens{}, &RefreshFailedError{response.StatusCode, answer}
}

// issued reads the tokens of an answer with status 200 (RFC 6749 §5.1).
func issued(answer []byte) (Tokens, error) {
	if !utf8.Valid(answer) {
		return Tokens{}, errors.New("the answer is no text")
	}
	// A map, because names of a struct's members would be found in capitals, too.
	var members map[string]json.RawMessage
	if err := json.Unmarshal(answer, &members); err != nil {
		return Tokens{}, err
	}
	text := func(name string) (string, error) {
		var text *string
		if members[name] == nil {
			return "", nil
		}
		if err := json.Unmarshal(members[name], &text); err != nil || text == nil {
			return "", err
		}
		if *text == "" {
			return "", errors.New(name + " is empty")
		}
		// What a lone surrogate becomes: another text than the endpoint's.
		if strings.ContainsRune(*text, utf8.RuneError) {
			return "", errors.New(name + " is no text")
		}
		return *text, nil
	}
	var tokens Tokens
	var all [4]error
	var kind string
	kind, all[0] = text("token_type")
	tokens.AccessToken, all[1] = text("access_token")
	tokens.RefreshToken, all[2] = text("refresh_token")
	tokens.IDToken, all[3] = text("id_token")
	if err := errors.Join(all[:]...); err != nil {
		return Tokens{}, err
	}
	if !strings.EqualFold(kind, "bearer") {
		return Tokens{}, errors.New("the tokens are no bearer tokens")
	}
	if written := members["expires_in"]; written != nil && string(written) != "null" {
		var seconds float64
		if err := json.Unmarshal(written, &seconds); err != nil || seconds < 0 || seconds >= longestLife {
			return Tokens{}, errors.New("expires_in is no lifetime")
		}
		span := time.Duration(seconds * 1e9)
		tokens.ExpiresIn = &span
	}
	return tokens, tokens.check()
}

// A larger number of seconds is a date.
const longestLife = 1e9

var errUnsafe = &verijot.AccessTokenError{
	Code:    verijot.ErrUnsafeURL,
	Message: "a token is sent over https only, or to this machine",
}
