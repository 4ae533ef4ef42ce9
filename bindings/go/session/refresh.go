package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

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
	return issued(response.StatusCode, answer)
}

var errUnsafe = &verijot.AccessTokenError{
	Code:    verijot.ErrUnsafeURL,
	Message: "a token is sent over https only, or to this machine",
}
