package session

import (
	"context"
	"errors"
	"sync"
	"time"
)

// An Event is what happens to a session, for logs. None of it holds a token.
type Event struct {
	// Kind is "renewed", "refresh_failed", "signed_out", "not_stored" or "not_loaded".
	Kind string
	// Failure is why a refresh failed: a code, and perhaps a colon and more.
	Failure string
	// Err is what a keeper or a refresh returned.
	Err error
}

// holder has the tokens in use, and refreshes them when the core says so. A refresh does not belong to its caller,
// which may be gone: everybody who waits asks again.
type holder struct {
	core    *core
	refresh Refresh
	keeper  Keeper
	// Nil where nobody listens.
	listener func(Event)
	// Held while tokens are stored or removed.
	turn chan struct{}

	lock sync.Mutex
	held *held
	// The tokens whose refresh has not come back.
	refreshing map[int32]bool
	// Closed, and made again, whenever something has changed.
	news chan struct{}
}

// held are tokens under their number.
type held struct {
	number int32
	tokens Tokens
	since  time.Time
	// Whether storing has succeeded, and whether it has ended at all or there is nothing to store.
	isStored, isSettled bool
}

var (
	errTooLong  = errors.New("the keeper took too long")
	errPanicked = errors.New("the keeper panicked")
)

// tell tells an event. What panics is the listener's.
func (h *holder) tell(event Event) {
	defer func() { _ = recover() }()
	if h.listener != nil {
		h.listener(event)
	}
}

// signIn takes tokens.
func (h *holder) signIn(tokens Tokens, isStored bool) (*held, error) {
	// Before the lock, because it is the caller's code.
	now, err := h.core.now()
	if err != nil {
		return nil, err
	}
	h.lock.Lock()
	defer h.lock.Unlock()
	number, err := h.core.signIn(tokens, isStored, now)
	if err != nil {
		return nil, err
	}
	return h.hold(number, tokens, isStored), nil
}

// hold is called while the holder is locked.
func (h *holder) hold(number int32, tokens Tokens, isStored bool) *held {
	h.held = &held{number, tokens, time.Now(), isStored, isStored}
	h.announce()
	return h.held
}

// announce is called while the holder is locked.
func (h *holder) announce() {
	close(h.news)
	h.news = make(chan struct{})
}

// signOut forgets the tokens.
func (h *holder) signOut() {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.core.signOut()
	h.held = nil
	h.announce()
}

func (h *holder) current() *held {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.held
}

// settled gives the tokens of a number, unless there are newer ones; it waits until they are stored, or cannot be.
func (h *holder) settled(ctx context.Context, number int32) (*Tokens, error) {
	for {
		tokens, left, news := h.ready(number)
		if tokens != nil || news == nil {
			return tokens, nil
		}
		if err := pause(ctx, left, news); err != nil {
			return nil, err
		}
	}
}

// ready gives the tokens of a number if they can be sent now; otherwise how long to wait for that at most, and what ends
// the wait earlier, which is nil if there are newer tokens.
func (h *holder) ready(number int32) (*Tokens, time.Duration, <-chan struct{}) {
	h.lock.Lock()
	defer h.lock.Unlock()
	now := h.held
	if now == nil || now.number != number {
		return nil, 0, nil
	}
	left := h.core.storingTimeout - time.Since(now.since)
	if now.isSettled || left <= 0 {
		tokens := now.tokens
		return &tokens, 0, nil
	}
	return nil, left, h.news
}

// run refreshes once.
func (h *holder) run(of ticket) {
	h.lock.Lock()
	old := h.held
	isOther := old == nil || old.number != of.tokens || old.tokens.RefreshToken == ""
	// An earlier refresh with this refresh token may still succeed.
	isTwice := !isOther && h.refreshing[old.number]
	if !isOther && !isTwice {
		h.refreshing[old.number] = true
	}
	h.lock.Unlock()
	if isOther {
		h.fail(of, noAnswer, nil, nil)
		return
	}
	if isTwice {
		h.fail(of, timedOut, nil, nil)
		return
	}
	defer func() {
		h.lock.Lock()
		defer h.lock.Unlock()
		delete(h.refreshing, old.number)
		h.announce()
	}()
	ctx, cancel := context.WithTimeout(context.Background(), of.timeout)
	defer cancel()
	if err := h.refreshOnce(ctx, of, old); err != nil {
		h.conclude(ctx, of, old, err)
	}
}

func (h *holder) refreshOnce(ctx context.Context, of ticket, old *held) error {
	if h.isTakenOver(ctx, old) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if of.storeFirst && !h.store(old) {
		h.fail(of, notStored, nil, nil)
		return nil
	}
	// The new tokens cannot have been issued before.
	issuedAt := h.core.lately().wall
	tokens, err := h.call(ctx, old.tokens.RefreshToken)
	if err != nil {
		return err
	}
	tokens.IssuedAt = issuedAt
	if err := tokens.check(); err != nil {
		return err
	}
	tokens = tokens.or(old.tokens)
	// Before the lock, because it is the caller's code.
	at := h.core.lately()
	h.lock.Lock()
	number, isNew := h.core.refreshed(of, tokens, at)
	var now *held
	if isNew {
		now = h.hold(number, tokens, false)
	}
	h.lock.Unlock()
	if isNew {
		h.tell(Event{Kind: "renewed"})
		h.store(now)
	}
	return nil
}

// call refreshes. What panics has brought no answer.
func (h *holder) call(ctx context.Context, refreshToken string) (tokens Tokens, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the refresh panicked")
		}
	}()
	return h.refresh(ctx, refreshToken, h.core.maxAnswerOctets)
}

// conclude is for a refresh that has ended without tokens.
func (h *holder) conclude(ctx context.Context, of ticket, old *held, err error) {
	status, body := noAnswer, []byte(nil)
	var answer *RefreshFailedError
	switch {
	case errors.As(err, &answer):
		// Another process may have used the refresh token before.
		if h.isTakenOver(ctx, old) {
			return
		}
		status, body = answer.Status, answer.Body
	case ctx.Err() != nil:
		status = timedOut
	}
	if h.fail(of, status, body, err) {
		h.remove(func(ctx context.Context) bool {
			stored, err := h.keeper.Load(ctx)
			return h.current() == nil && err == nil && old.tokens.isSame(stored)
		})
	}
}

// fail reports a failure, and says whether it ended the session.
func (h *holder) fail(of ticket, status int, body []byte, err error) bool {
	at := h.core.lately()
	h.lock.Lock()
	isIgnored, isSignedOut, message := h.core.failed(of, status, body, at)
	if isSignedOut {
		h.held = nil
	}
	h.announce()
	h.lock.Unlock()
	if isIgnored {
		return false
	}
	h.tell(Event{Kind: "refresh_failed", Failure: message, Err: err})
	if isSignedOut {
		h.tell(Event{Kind: "signed_out"})
	}
	return isSignedOut
}

// isTakenOver says whether somebody else has replaced or removed what is stored, and takes that over.
func (h *holder) isTakenOver(ctx context.Context, old *held) bool {
	h.lock.Lock()
	isStored := old.isStored
	h.lock.Unlock()
	// What could not be stored is newer than what is.
	if !isStored {
		return false
	}
	stored, err := h.load(ctx)
	if err == nil && h.current() == old {
		if stored == nil {
			h.end()
		} else if stored.RefreshToken != old.tokens.RefreshToken {
			h.adopt(*stored)
		}
	}
	return h.current() != old
}

func (h *holder) load(ctx context.Context) (*Tokens, error) {
	ctx, cancel := context.WithTimeout(ctx, h.core.storingTimeout)
	defer cancel()
	type loaded struct {
		tokens *Tokens
		err    error
	}
	loads := make(chan loaded, 1)
	go func() {
		result := loaded{err: errPanicked}
		defer func() {
			_ = recover()
			loads <- result
		}()
		result.tokens, result.err = h.keeper.Load(ctx)
	}()
	var result loaded
	select {
	case result = <-loads:
	case <-ctx.Done():
		result.err = ctx.Err()
	}
	if result.err != nil {
		h.tell(Event{Kind: "not_loaded", Err: result.err})
		return nil, result.err
	}
	if result.tokens == nil || result.tokens.check() != nil {
		return nil, nil
	}
	tokens := *result.tokens
	return &tokens, nil
}

// reload takes over what the keeper has, if it is not what is held.
func (h *holder) reload(ctx context.Context) {
	stored, err := h.load(ctx)
	if err != nil {
		return
	}
	if stored != nil {
		h.adopt(*stored)
		return
	}
	h.lock.Lock()
	isGone := h.held != nil && h.held.isStored
	h.lock.Unlock()
	if isGone {
		h.end()
	}
}

func (h *holder) adopt(stored Tokens) {
	if now := h.current(); now != nil && stored.isSame(&now.tokens) {
		return
	}
	if _, err := h.signIn(stored, true); err == nil {
		h.tell(Event{Kind: "renewed"})
	}
}

func (h *holder) end() {
	h.signOut()
	h.tell(Event{Kind: "signed_out"})
}

// store stores tokens, unless there are newer ones, and says whether they are stored.
func (h *holder) store(what *held) bool {
	err := h.inTurn(func(ctx context.Context) error {
		h.lock.Lock()
		isDone := what.isStored || h.held != what
		h.lock.Unlock()
		if isDone {
			return nil
		}
		if err := h.keeper.Store(ctx, what.tokens); err != nil {
			return err
		}
		h.lock.Lock()
		defer h.lock.Unlock()
		what.isStored = true
		h.core.stored(what.number)
		return nil
	})
	h.lock.Lock()
	what.isSettled = true
	isStored := what.isStored
	h.announce()
	h.lock.Unlock()
	if err != nil {
		h.tell(Event{Kind: "not_stored", Err: err})
	}
	return isStored
}

// remove removes what the keeper has, if the condition still holds.
func (h *holder) remove(condition func(context.Context) bool) {
	if err := h.inTurn(func(ctx context.Context) error {
		if !condition(ctx) {
			return nil
		}
		return h.keeper.Remove(ctx)
	}); err != nil {
		h.tell(Event{Kind: "not_stored", Err: err})
	}
}

// inTurn runs work while nobody else stores or removes, and waits for it only so long.
func (h *holder) inTurn(work func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), h.core.storingTimeout)
	defer cancel()
	select {
	case h.turn <- struct{}{}:
	case <-ctx.Done():
		return errTooLong
	}
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if recover() != nil {
				ended <- errPanicked
			}
			<-h.turn
		}()
		ended <- work(ctx)
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return errTooLong
	}
}

// pause waits for news, at most so long. The error is that of the context.
func pause(ctx context.Context, atMost time.Duration, news <-chan struct{}) error {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-news:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
