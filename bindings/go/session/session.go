// Package session keeps a client's access token: it sends it with requests, and refreshes it before it expires.
//
//	refresh, err := session.RefreshWith(session.Endpoint{URL: "https://issuer.example/token", ClientID: "app"})
//	tokens, err := session.New(refresh)
//	err = tokens.SignIn(ctx, session.Tokens{AccessToken: "eyJhbGciOi", RefreshToken: "…"})
//	client := tokens.Client(nil) // an http.Client that sends the token
package session

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"runtime"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/internal/module"
)

// A Session is the tokens of one client, for any number of requests at a time. It is safe for concurrent use.
type Session struct {
	holder   *holder
	canStore func() bool
	origins  map[string]bool

	// Held while tokens are loaded, and while isLoaded changes.
	loading  chan struct{}
	isLoaded bool
}

// An Option changes a session.
type Option func(*settings)

type settings struct {
	keeper    Keeper
	origins   map[string]bool
	numbers   module.Options
	problem   error
	wall      func() time.Time
	monotonic func() time.Duration
	tell      func(Event)
}

// WithKeeper says where tokens are kept; without it in memory. Nil, and a second keeper, are errors.
func WithKeeper(keeper Keeper) Option {
	return func(s *settings) {
		s.once("WithKeeper", module.IsNil(keeper), s.keeper != nil)
		s.keeper = keeper
	}
}

// WithAllowedOrigins are the origins that the token may be sent to, such as https://api.example; without it every
// https URL, without origins none. Given several times, all of them are allowed.
func WithAllowedOrigins(origins ...string) Option {
	return func(s *settings) {
		if s.origins == nil {
			s.origins = map[string]bool{}
		}
		for _, each := range origins {
			parsed, err := url.Parse(each)
			if err != nil || parsed.Host == "" {
				s.fail(fmt.Errorf("verijot: %q is no origin", each))
				continue
			}
			s.origins[originOf(parsed)] = true
		}
	}
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

// WithClocks takes the time of day, and the spans by which tokens age, from functions; for tests. While one of them
// panics, access tokens and sign-ins are errors with the code refresh_unavailable, and what a refresh brings counts
// as of their last reading. Nil, and second clocks, are errors.
func WithClocks(now func() time.Time, elapsed func() time.Duration) Option {
	return func(s *settings) {
		s.once("WithClocks", now == nil || elapsed == nil, s.wall != nil)
		s.wall, s.monotonic = now, elapsed
	}
}

// WithEvents calls a function with what happens, for logs. What panics in it is lost. Nil, and a second function, are
// errors.
func WithEvents(tell func(Event)) Option {
	return func(s *settings) {
		s.once("WithEvents", tell == nil, s.tell != nil)
		s.tell = tell
	}
}

// once notes what is wrong with an option that must have one value.
func (s *settings) once(option string, isNil, isThere bool) {
	if isNil {
		s.fail(errors.New("verijot: " + option + " is given nil"))
	}
	if isThere {
		s.fail(errors.New("verijot: " + option + " is given twice; leave one out"))
	}
}

func (s *settings) fail(problem error) {
	if s.problem == nil {
		s.problem = problem
	}
}

func number(name string, span time.Duration) Option {
	return func(s *settings) { s.numbers.Text(name, module.Decimal(max(span, 0))) }
}

// New makes a session of nobody, or with what its keeper has.
func New(refresh Refresh, options ...Option) (*Session, error) {
	if refresh == nil {
		return nil, errors.New("verijot: no refresh is given; see RefreshWith")
	}
	begun := time.Now()
	var settings settings
	for _, option := range options {
		option(&settings)
	}
	if name := settings.numbers.Twice(); name != "" {
		settings.fail(errors.New("verijot: " + name + " is given twice, with different values; leave one out"))
	}
	if settings.problem != nil {
		return nil, settings.problem
	}
	if settings.keeper == nil {
		settings.keeper = MemoryKeeper()
	}
	if settings.wall == nil {
		settings.wall, settings.monotonic = time.Now, func() time.Duration { return time.Since(begun) }
	}
	core, err := newCore(settings.numbers, settings.wall, settings.monotonic)
	if err != nil {
		return nil, err
	}
	session := &Session{
		canStore: func() bool { return true }, origins: settings.origins, loading: make(chan struct{}, 1),
	}
	session.holder = &holder{
		core: core, refresh: refresh, keeper: settings.keeper, listener: settings.tell,
		turn: make(chan struct{}, 1), refreshing: map[int32]bool{}, news: make(chan struct{}),
	}
	if keeper, is := settings.keeper.(interface{ CanStore() bool }); is {
		session.canStore = func() (can bool) {
			defer func() { _ = recover() }()
			return keeper.CanStore()
		}
	}
	runtime.AddCleanup(session, func(holder *holder) { holder.core.drop() }, session.holder)
	return session, nil
}

// SignIn takes tokens from a sign-in in place of all others, and stores them. What a keeper cannot store is used all
// the same, and told as an event.
func (s *Session) SignIn(_ context.Context, tokens Tokens) error {
	if tokens.IssuedAt.IsZero() {
		now, err := s.holder.core.now()
		if err != nil {
			return err
		}
		tokens.IssuedAt = now.wall
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
		// Looked up first: the refresh could replace them before they are read.
		tokens, _, _ := s.holder.ready(decided.tokens)
		if decided.ticket.number != 0 {
			go s.holder.run(decided.ticket)
		}
		if tokens != nil {
			return &usable{decided.attempt, *tokens}, nil
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

// loaded notes that there are tokens. It waits for a load that runs, which the keeper's time limit ends, because its tokens
// must not replace newer ones.
func (s *Session) loaded() {
	s.loading <- struct{}{}
	defer func() { <-s.loading }()
	s.isLoaded = true
}

func (s *Session) load(ctx context.Context) {
	select {
	case s.loading <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-s.loading }()
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
