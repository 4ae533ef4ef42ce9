package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	verijot "github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/revocation"
)

// A wallet issues tokens, and verifies its own.
type wallet struct {
	// The iss of its tokens.
	url      string
	audience string
	keys     *keyRing
	list     *revocation.List
	guard    *verijot.Guard
	// Every validation asks the list, but for logging out, which is answered again as before.
	verifier, forLogout *verijot.Verifier
}

func newWallet(url, audience string, list *revocation.List) (*wallet, error) {
	keys, err := newKeyRing(time.Now())
	if err != nil {
		return nil, err
	}
	guard, err := verijot.NewGuard()
	if err != nil {
		return nil, err
	}
	made := &wallet{url: url, audience: audience, keys: keys, list: list, guard: guard}
	rules := []verijot.VerifierOption{
		verijot.WithTypes("at+jwt"),
		// Without a jti a token could not be revoked.
		verijot.WithRequiredClaims("sub", "jti", "iat"),
		verijot.WithMaxLifetimeBy("track", lifetimes, lifetimeOfOthers),
	}
	if made.forLogout, err = verijot.NewVerifier(url, audience, rules...); err != nil {
		return nil, err
	}
	rules = append(rules, verijot.WithRevocations(list))
	made.verifier, err = verijot.NewVerifier(url, audience, rules...)
	return made, err
}

func (w *wallet) handler() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /.well-known/openid-configuration", w.metadata)
	routes.HandleFunc("GET /.well-known/oauth-authorization-server", w.metadata)
	routes.HandleFunc("GET /.well-known/jwks.json", w.jwks)
	routes.HandleFunc("POST /api/v1/auth/refresh", w.refresh)
	routes.HandleFunc("POST /api/v1/auth/logout", w.logout)
	routes.HandleFunc("GET /api/v1/auth/session", w.session)
	routes.Handle("POST /dev/token", w.refusingWebPages(w.signIn))
	routes.Handle("POST /dev/rotate", w.refusingWebPages(w.rotate))
	return routes
}

// mint gives a token, which the list knows by its jti.
func (w *wallet) mint(to grant) (tokens, error) {
	now, lifetime := time.Now(), lifetimeOf(to.Track)
	text, err := w.keys.sign(now, map[string]any{
		"iss": w.url, "aud": w.audience, "sub": to.Subject, "client_id": "development",
		"iat": now.Unix(), "exp": now.Add(lifetime).Unix(), "jti": randomName(),
		"track": to.Track, "scope": to.Scope,
	})
	return tokens{text, "Bearer", int64(lifetime.Seconds()), to.Track, to.Scope}, err
}

// verify verifies the token of a request.
func (w *wallet) verify(by *verijot.Verifier, request *http.Request) (*verijot.Token, error) {
	raw, _, err := w.guard.Token(request.Header.Values(w.guard.HeaderName())...)
	if err != nil {
		return nil, err
	}
	keys, err := w.keys.verifying(time.Now())
	if err != nil {
		return nil, err
	}
	return by.VerifyContext(request.Context(), raw, keys)
}

// refresh revokes the token of the request and gives a new one for the same subject and track. Of concurrent
// requests with one token, the list says to exactly one that it was the first.
func (w *wallet) refresh(writer http.ResponseWriter, request *http.Request) {
	old, err := w.verify(w.verifier, request)
	if err != nil {
		w.refuse(writer, request, err)
		return
	}
	var to grant
	if err := old.Claims(&to); err != nil {
		w.refuse(writer, request, err)
		return
	}
	// First, because nothing may fail after the old token is revoked.
	minted, err := w.mint(to)
	if err != nil {
		w.refuse(writer, request, err)
		return
	}
	isFirst, err := w.revoke(request.Context(), old, "refresh")
	switch {
	case err != nil:
		w.refuse(writer, request, err)
	case !isFirst:
		_, err := w.verify(w.verifier, request)
		if err == nil {
			err = errors.New("a token is in the list, and not revoked")
		}
		w.refuse(writer, request, err)
	default:
		answer(writer, http.StatusOK, minted)
	}
}

// logout revokes the token of the request. Logging out again gets the same answer.
func (w *wallet) logout(writer http.ResponseWriter, request *http.Request) {
	token, err := w.verify(w.forLogout, request)
	if err == nil {
		_, err = w.revoke(request.Context(), token, "logout")
	}
	if err != nil {
		w.refuse(writer, request, err)
		return
	}
	writer.WriteHeader(http.StatusNoContent)
}

// session says whose token it is.
func (w *wallet) session(writer http.ResponseWriter, request *http.Request) {
	token, err := w.verify(w.verifier, request)
	var of grant
	if err == nil {
		err = token.Claims(&of)
	}
	if err != nil {
		w.refuse(writer, request, err)
		return
	}
	answer(writer, http.StatusOK, of)
}

// unavailable is an error of the list: the answer is 503, and the token may or may not be revoked.
type unavailable struct{ error }

func (w *wallet) revoke(ctx context.Context, token *verijot.Token, reason string) (bool, error) {
	isFirst, err := w.list.Revoke(ctx, token, reason)
	if err != nil {
		return false, unavailable{err}
	}
	return isFirst, nil
}

// refuse answers a request whose token is refused, or that cannot be answered.
func (w *wallet) refuse(writer http.ResponseWriter, request *http.Request, err error) {
	var refused *verijot.Error
	var list unavailable
	switch {
	case errors.As(err, &refused):
		given := w.guard.Answer(refused)
		for name, values := range given.Header {
			writer.Header()[name] = values
		}
		writer.WriteHeader(given.Status)
		_, _ = writer.Write([]byte(given.Body))
	case errors.As(err, &list):
		slog.WarnContext(request.Context(), "could not revoke a token", "problem", err)
		writer.Header().Set("Retry-After", "1")
		answer(writer, http.StatusServiceUnavailable, detail{string(verijot.ErrRevocationUnavailable)})
	default:
		slog.ErrorContext(request.Context(), "a token could not be verified", "problem", err)
		answer(writer, http.StatusInternalServerError, detail{"internal"})
	}
}
