// Package session keeps a client's access token: it sends it with requests, and refreshes it before it expires.
//
//	refresh, err := session.RefreshWith(session.Endpoint{URL: "https://issuer.example/token", ClientID: "app"})
//	tokens, err := session.New(refresh)
//	err = tokens.SignIn(ctx, session.Tokens{AccessToken: "…", RefreshToken: "…"})
//	client := tokens.Client(nil) // an http.Client that sends the token
package session

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"runtime"
	"sync"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/internal/module"
)

// A Session is the tokens of one client, for any number of requests at a time. It is safe for concurrent use.
type Session struct {
	holder   *holder
	canStore func() bool
	origins  map[string]bool

	loading  sync.Mutex
	isLoaded bool
}

// An Option changes a session.
type Option func(*settings)

type settings struct {
	keeper    Keeper
	origins   []string
	numbers   module.Options
	wall      func() time.Time
	monotonic func() time.Duration
	tell      func(Event)
}

// WithKeeper says where tokens are kept; without it in memory.
func WithKeeper(keeper Keeper) Option { return func(s *settings) { s.keeper = keeper } }

// WithAllowedOrigins are the origins that the token may be sent to, such as https://api.example; without it every
// https URL.
func WithAllowedOrigins(origins ...string) Option {
	return func(s *settings) { s.origins = append(s.origins, origins...) }
}

// WithSkew is how long before its expiry a token is refreshed, but not before 4/5 of its lifetime; without it a
// minute.
func WithSkew(span time.Duration) Option { return number("skew", span) }

// WithUnauthorizedRest is how long after a refresh an answer with 401 does not cause another; without it 30 seconds.
func WithUnauthorizedRest(span time.Duration) Option { return number("unauthorized_rest", span) }

// WithShortestRest is the wait after the first failed refresh, doubled with each that follows; without it a second.
func WithShortestRest(span time.Duration) Option { return number("shortest_rest", span) }

// WithLongestRest is the longest such wait; without it a minute.
func WithLongestRest(span time.Duration) Option { return number("longest_rest", span) }

// WithRefreshTimeout is how long a refresh may take; without it 30 seconds.
func WithRefreshTimeout(span time.Duration) Option { return number("refresh_timeout", span) }

// WithClocks takes the time of day, and the spans by which tokens age, from functions; for tests.
func WithClocks(now func() time.Time, elapsed func() time.Duration) Option {
	return func(s *settings) { s.wall, s.monotonic = now, elapsed }
}

// WithEvents calls a function with what happens, for logs.
func WithEvents(tell func(Event)) Option { return func(s *settings) { s.tell = tell } }

func number(name string, span time.Duration) Option {
	return func(s *settings) { s.numbers.Text(name, module.Decimal(max(span, 0))) }
}

// New makes a session of nobody, or with what its keeper has.
func New(refresh Refresh, options ...Option) (*Session, error) {
	if refresh == nil {
		return nil, errors.New("verijot: no refresh is given; see RefreshWith")
	}
	begun := time.Now()
	settings := settings{
		keeper: MemoryKeeper(), wall: time.Now, tell: func(Event) {},
		monotonic: func() time.Duration { return time.Since(begun) },
	}
	for _, option := range options {
		option(&settings)
	}
	core, err := newCore(settings.numbers, settings.wall, settings.monotonic)
	if err != nil {
		return nil, err
	}
	session := &Session{canStore: func() bool { return true }}
	session.holder = &holder{
		core: core, refresh: refresh, keeper: settings.keeper, tell: settings.tell,
		turn: make(chan struct{}, 1), refreshing: map[int32]bool{}, news: make(chan struct{}),
	}
	if keeper, is := settings.keeper.(interface{ CanStore() bool }); is {
		session.canStore = keeper.CanStore
	}
	for _, each := range settings.origins {
		parsed, err := url.Parse(each)
		if err != nil || parsed.Host == "" {
			return nil, fmt.Errorf("verijot: %q is no origin", each)
		}
		if session.origins == nil {
			session.origins = map[string]bool{}
		}
		session.origins[originOf(parsed)] = true
	}
	runtime.AddCleanup(session, func(holder *holder) { holder.core.drop() }, session.holder)
	return session, nil
}

// SignIn takes tokens from a sign-in in place of all others, and stores them. What a keeper cannot store is used all
// the same, and told as an event.
func (s *Session) SignIn(_ context.Context, tokens Tokens) error {
	if tokens.IssuedAt.IsZero() {
		tokens.IssuedAt = s.holder.core.wall()
	}
	if err := tokens.check(); err != nil {
		return err
	}
	s.loaded()
	held, err := s.holder.signIn(tokens, false)
	if err != nil {
		return err
	}
	s.holder.store(held)
	return nil
}

// SignOut forgets the tokens and removes them from where they are kept. An answer of a refresh changes nothing then.
func (s *Session) SignOut(context.Context) {
	s.loaded()
	s.holder.signOut()
	s.holder.remove(func(context.Context) bool { return s.holder.current() == nil })
}

// Reload takes over what the keeper has, after somebody else has changed it.
func (s *Session) Reload(ctx context.Context) {
	s.load(ctx)
	s.holder.reload(ctx)
}

// Health says how the session is doing. It reads what the keeper has first.
func (s *Session) Health(ctx context.Context) Health {
	s.load(ctx)
	defer runtime.KeepAlive(s)
	return s.holder.core.health()
}

// AccessToken gives an access token that has not expired. It waits for a refresh if it must. The error is an
// [*verijot.AccessTokenError] with the code sign_in_needed, storage_needed or refresh_unavailable, or that of the
// context.
func (s *Session) AccessToken(ctx context.Context) (string, error) {
	usable, err := s.find(ctx)
	if err != nil {
		return "", err
	}
	return usable.tokens.AccessToken, nil
}

// Tokens gives the tokens that are held, without any refresh, such as for claims of an ID token; nil without any.
func (s *Session) Tokens(ctx context.Context) *Tokens {
	s.load(ctx)
	held := s.holder.current()
	if held == nil {
		return nil
	}
	tokens := held.tokens
	return &tokens
}

// usable is what a request is sent with.
type usable struct {
	attempt int32
	tokens  Tokens
}

// find gives tokens to send.
func (s *Session) find(ctx context.Context) (*usable, error) {
	defer runtime.KeepAlive(s)
	s.load(ctx)
	for {
		news := s.latest()
		decided, err := s.holder.core.resolve(s.canStore())
		if err != nil {
			return nil, err
		}
		found, err := s.follow(ctx, decided, news)
		if found != nil || err != nil {
			return found, err
		}
		if decided.kind > wait {
			return nil, s.problem(decided)
		}
	}
}

// newer gives newer tokens than those that were refused; nil if there can be none.
func (s *Session) newer(ctx context.Context, refused *usable) (*usable, error) {
	defer runtime.KeepAlive(s)
	attempt := refused.attempt
	for {
		news := s.latest()
		decided, err := s.holder.core.unauthorized(attempt, s.canStore())
		if err != nil {
			return nil, err
		}
		found, err := s.follow(ctx, decided, news)
		if found != nil || err != nil {
			return found, err
		}
		if decided.kind != refreshFirst && decided.kind != wait {
			return nil, nil
		}
		attempt = decided.attempt
	}
}

// follow does what the core has decided. It gives tokens if they can be used now; otherwise ask the core again.
func (s *Session) follow(ctx context.Context, decided decision, news <-chan struct{}) (*usable, error) {
	switch decided.kind {
	case send:
		if decided.ticket.number != 0 {
			go s.holder.run(decided.ticket)
		}
		tokens, err := s.holder.settled(ctx, decided.tokens)
		if tokens == nil || err != nil {
			return nil, err
		}
		return &usable{decided.attempt, *tokens}, nil
	case refreshFirst:
		return nil, s.refresh(ctx, decided.ticket)
	case wait:
		return nil, pause(ctx, decided.wait, news)
	}
	return nil, nil
}

// refresh starts a refresh, and waits for it, unless it is no longer wanted.
func (s *Session) refresh(ctx context.Context, of ticket) error {
	over := make(chan struct{})
	go func() {
		defer close(over)
		s.holder.run(of)
	}()
	for {
		select {
		case <-over:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(checkInterval):
			// A refresh that ignores its time limit is over for the core.
			held := s.holder.current()
			if held == nil || held.number != of.tokens || !s.holder.core.health().IsRefreshing {
				return nil
			}
		}
	}
}

func (s *Session) latest() <-chan struct{} {
	s.holder.lock.Lock()
	defer s.holder.lock.Unlock()
	return s.holder.news
}

func (s *Session) loaded() {
	s.loading.Lock()
	defer s.loading.Unlock()
	s.isLoaded = true
}

func (s *Session) load(ctx context.Context) {
	s.loading.Lock()
	defer s.loading.Unlock()
	if s.isLoaded {
		return
	}
	stored, err := s.holder.load(ctx)
	if err != nil {
		return
	}
	s.isLoaded = true
	if stored != nil {
		_, _ = s.holder.signIn(*stored, true)
	}
}

func (s *Session) problem(decided decision) error {
	switch decided.kind {
	case storageNeeded:
		return &verijot.AccessTokenError{
			Code:    verijot.ErrStorageNeeded,
			Message: "the access token must be refreshed, but new tokens cannot be stored here",
		}
	case unavailable:
		failure := s.holder.core.health().LastFailure
		retryAfter := time.Duration(math.Ceil(decided.wait.Seconds())) * time.Second
		return &verijot.AccessTokenError{
			Code:       verijot.ErrRefreshUnavailable,
			Message:    fmt.Sprintf("could not refresh the access token: %s; retry in %v", failure, retryAfter),
			RetryAfter: retryAfter,
		}
	}
	return &verijot.AccessTokenError{
		Code: verijot.ErrSignInNeeded, Message: "there are no tokens that can be used; sign in",
	}
}

// Between two looks at whether a refresh is still wanted.
const checkInterval = 25 * time.Millisecond
