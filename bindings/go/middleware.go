package verijot

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// Middleware lets only requests with a good token on to a handler, which finds it by [FromContext].
func (c *Client) Middleware(handler http.Handler) http.Handler {
	return protected(c, c.logger, handler)
}

// Guarded makes middleware that demands more of tokens, or reads them elsewhere. Where a request passes several,
// their demands add up, and its token is verified once. The error is a [*SetupError].
func (c *Client) Guarded(options ...GuardOption) (func(http.Handler) http.Handler, error) {
	return guarded(c, c.logger, options)
}

// Middleware lets only requests with a good token on to a handler, which finds it by [FromContext].
func (m *MultiIssuerClient) Middleware(handler http.Handler) http.Handler {
	return protected(m, m.logger(), handler)
}

// Guarded makes middleware as [Client.Guarded] does.
func (m *MultiIssuerClient) Guarded(options ...GuardOption) (func(http.Handler) http.Handler, error) {
	return guarded(m, m.logger(), options)
}

func (m *MultiIssuerClient) logger() *slog.Logger {
	for _, client := range m.clients {
		if client.logger != nil {
			return client.logger
		}
	}
	return nil
}

// FromContext gives the verified token of a request that passed middleware; nil if it passed none, or has no token
// and none was demanded. Inside middleware of several clients it is the token of the innermost, never another's.
func FromContext(ctx context.Context) *Token {
	passed, _ := ctx.Value(passedKey{}).(*passed)
	if passed == nil {
		return nil
	}
	return passed.token
}

// admitting verifies a token and asks about its tenant, then calls check, and asks about revocation last.
type admitting interface {
	admit(ctx context.Context, raw string, check func(*Token, clock) error) (*Token, error)
}

// passed is a token that a client has admitted for a request.
type passed struct {
	by    admitting
	raw   string
	token *Token
	// By which it was verified.
	now clock
	// When, or before that.
	since time.Time
	outer *passed
}

// within is the same token, passed on inside of another guard.
func (p *passed) within(outer *passed) *passed {
	inner := *p
	inner.outer = outer
	return &inner
}

type passedKey struct{}

func protected(client admitting, logger *slog.Logger, handler http.Handler) http.Handler {
	middleware, err := guarded(client, logger, nil)
	if err != nil {
		// Only if the core has failed.
		return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
			fault(writer, request, logger, err)
		})
	}
	return middleware(handler)
}

func guarded(client admitting, logger *slog.Logger, options []GuardOption) (func(http.Handler) http.Handler, error) {
	guard, err := NewGuard(options...)
	if err != nil {
		return nil, err
	}
	return func(handler http.Handler) http.Handler {
		return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
			ctx, err := guard.admit(client, request)
			var refused *Error
			switch {
			case err == nil:
				handler.ServeHTTP(writer, request.WithContext(ctx))
			case errors.As(err, &refused):
				guard.Answer(refused).write(writer)
			default:
				fault(writer, request, logger, err)
			}
		})
	}, nil
}

func (g *Guard) admit(client admitting, request *http.Request) (context.Context, error) {
	ctx := request.Context()
	raw, isThere, err := g.Token(request.Header.Values(g.header)...)
	if err != nil {
		return nil, err
	}
	outer, _ := ctx.Value(passedKey{}).(*passed)
	if !isThere {
		for known := outer; known != nil; known = known.outer {
			if known.by == client {
				return context.WithValue(ctx, passedKey{}, known.within(outer)), nil
			}
		}
		// The token of another client, which an outer guard has let in, is not this one's.
		return context.WithValue(ctx, passedKey{}, &passed{by: client, outer: outer}), nil
	}
	for known := outer; known != nil; known = known.outer {
		// A handler may keep a request beyond its token's expiry.
		isRecent := time.Since(known.since) < g.sharedFor
		if known.token != nil && known.by == client && known.raw == raw && isRecent {
			if err := g.CheckAt(known.token, known.now()); err != nil {
				return nil, err
			}
			return context.WithValue(ctx, passedKey{}, known.within(outer)), nil
		}
	}
	var now clock
	// Before anything is asked: an answer that took long is not new.
	since := time.Now()
	token, err := client.admit(ctx, raw, func(token *Token, by clock) error {
		now = by
		return g.CheckAt(token, by())
	})
	if err != nil {
		return nil, err
	}
	return context.WithValue(ctx, passedKey{}, &passed{client, raw, token, now, since, outer}), nil
}

func (a Answer) write(writer http.ResponseWriter) {
	for name, values := range a.Header {
		writer.Header()[name] = values
	}
	writer.WriteHeader(a.Status)
	_, _ = writer.Write([]byte(a.Body))
}

// fault answers a request that the service is at fault for. The token is not accepted.
func fault(writer http.ResponseWriter, request *http.Request, logger *slog.Logger, err error) {
	if logger != nil {
		logger.ErrorContext(request.Context(), "verijot: a token could not be verified", "problem", err)
	}
	http.Error(writer, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}
