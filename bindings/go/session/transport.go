package session

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/verijot/verijot/bindings/go"
)

// RoundTripper gives one that sends requests with the access token, by another or, if that is nil,
// [http.DefaultTransport]. A request that is answered with 401 is sent again with a newer token, unless its body
// can be sent only once. The error is an [*verijot.AccessTokenError] for a URL that no token is sent to, and without
// a token to send.
//
// Redirects that an [http.Client] follows get the token as long as they stay at the same origin; with the first one
// to another origin it is left out for good.
func (s *Session) RoundTripper(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{s, base}
}

// Client gives a copy of a client, or of the zero one, that sends requests by [Session.RoundTripper].
func (s *Session) Client(base *http.Client) *http.Client {
	client := http.Client{}
	if base != nil {
		client = *base
	}
	client.Transport = s.RoundTripper(client.Transport)
	return &client
}

type transport struct {
	session *Session
	base    http.RoundTripper
}

// RoundTrip sends a request.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if hasLeftOrigin(request) {
		without := request.Clone(request.Context())
		without.Header.Del("Authorization")
		return t.base.RoundTrip(without)
	}
	ctx := request.Context()
	found, err := t.session.tokenFor(request)
	if err != nil {
		if request.Body != nil {
			_ = request.Body.Close()
		}
		return nil, err
	}
	first := withToken(request, found.tokens)
	response, err := t.base.RoundTrip(first)
	isRepeatable := request.Body == nil || request.Body == http.NoBody || request.GetBody != nil
	if err != nil || response.StatusCode != http.StatusUnauthorized || !isRepeatable {
		return response, err
	}
	newer, err := t.session.newer(ctx, found)
	if newer == nil || err != nil {
		// The answer stands.
		return response, nil
	}
	second := withToken(request, newer.tokens)
	if request.GetBody != nil {
		if second.Body, err = request.GetBody(); err != nil {
			return response, nil
		}
	}
	// So that the connection can be used again.
	_, _ = io.CopyN(io.Discard, response.Body, drained)
	_ = response.Body.Close()
	return t.base.RoundTrip(second)
}

func (s *Session) tokenFor(request *http.Request) (*usable, error) {
	if err := s.checkURL(request.URL); err != nil {
		return nil, err
	}
	return s.find(request.Context())
}

func withToken(request *http.Request, tokens Tokens) *http.Request {
	clone := request.Clone(request.Context())
	clone.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
	return clone
}

// hasLeftOrigin says whether a redirect has led elsewhere.
func hasLeftOrigin(request *http.Request) bool {
	origin := originOf(request.URL)
	for cause := request.Response; cause != nil && cause.Request != nil; cause = cause.Request.Response {
		if originOf(cause.Request.URL) != origin {
			return true
		}
	}
	return false
}

func (s *Session) checkURL(to *url.URL) error {
	if err := maySend(to.String()); err != nil {
		return err
	}
	if s.origins != nil && !s.origins[originOf(to)] {
		return &verijot.AccessTokenError{
			Code: verijot.ErrUnsafeURL, Message: "the URL's origin is not one of the allowed origins",
		}
	}
	return nil
}

// originOf is RFC 6454 §4.
func originOf(of *url.URL) string {
	scheme, port := strings.ToLower(of.Scheme), of.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + strings.ToLower(of.Hostname()) + ":" + port
}

// Octets of an answer that is not used.
const drained = 64 << 10
