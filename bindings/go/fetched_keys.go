package verijot

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// fetchedKeys are the keys of one issuer, fetched as the core says. A fetch runs on a context of its own: a
// request that is cancelled harms nobody.
type fetchedKeys struct {
	issuer *coreIssuer
	clocks clocks
	http   *http.Client
	logger *slog.Logger
	// Ends when the client is closed.
	ctx   context.Context
	close context.CancelFunc

	lock sync.Mutex
	// Closed, and made again, whenever a fetch has ended or keys have come.
	news chan struct{}
}

// errClosed is why a closed client fetches nothing.
var errClosed = errors.New("the client is closed")

// verifying is what verifies tokens of one kind with given keys. It calls refused with the number of a refusal that
// other keys might turn, before anything else can call the core.
type verifying[T any] interface {
	coreOf() *coreVerifier
	verify(raw string, keys *loadedKeys, now clock, refused func(int32)) (T, error)
}

// verifyFetched verifies with an issuer's keys. tried, unless it is nil, is called with the keys of each attempt.
func verifyFetched[T any](
	ctx context.Context, f *fetchedKeys, verifier verifying[T], raw string, by clock, tried func(*loadedKeys),
) (T, error) {
	var none T
	core := verifier.coreOf()
	arrival := f.clocks.read()
	var wait patience
	var keys *loadedKeys
	if err := f.issuer.instance.Do(func() { keys = f.issuer.present(arrival) }); err != nil {
		return none, err
	}
	for {
		if keys == nil {
			var err error
			if keys, err = f.followed(ctx, &wait, func(now reading) next {
				return f.issuer.keysFor(core, &raw, arrival.monotonic, now)
			}); err != nil {
				return none, err
			}
		}
		if tried != nil {
			tried(keys)
		}
		var turn *next
		var background int32
		news, now := f.latest(), f.clocks.read()
		token, err := verifier.verify(raw, keys, by, func(refusal int32) {
			turn, background = f.reconsider(core, raw, refusal, keys, arrival.monotonic, now)
		})
		f.startInBackground(background)
		switch {
		case err == nil:
			return token, nil
		case turn != nil:
			if keys, err = f.follow(ctx, &wait, *turn, news); err != nil {
				return none, err
			}
		case f.isGone(keys, err):
			// The set was replaced twice meanwhile.
			keys = nil
		default:
			return none, err
		}
	}
}

// reconsider says what to do about the refusal that the core has just given; nil if it stands. The instance is
// locked.
func (f *fetchedKeys) reconsider(
	verifier *coreVerifier, raw string, refusal int32, tried *loadedKeys, asked float64, now reading,
) (turn *next, background int32) {
	current := f.issuer.keysFor(verifier, &raw, asked, now)
	if current.status != module.Done || current.keys != tried {
		return &current, 0
	}
	again := f.issuer.reconsider(refusal, tried, verifier, raw, asked, now)
	if again.status == module.Refused {
		return nil, current.fetch
	}
	return &again, current.fetch
}

func (f *fetchedKeys) isGone(keys *loadedKeys, err error) bool {
	var unusable *SetupError
	if !errors.As(err, &unusable) {
		return false
	}
	isGone := false
	_ = f.issuer.instance.Do(func() { isGone = !f.issuer.has(keys) })
	return isGone
}

// followed asks and follows until there are keys.
func (f *fetchedKeys) followed(ctx context.Context, wait *patience, ask func(reading) next) (*loadedKeys, error) {
	for {
		var what next
		// Taken before the core is asked, so that no end is missed.
		news, now := f.latest(), f.clocks.read()
		if err := f.issuer.instance.Do(func() { what = ask(now) }); err != nil {
			return nil, err
		}
		if keys, err := f.follow(ctx, wait, what, news); keys != nil || err != nil {
			return keys, err
		}
	}
}

// follow gives keys, or nil once the core is to be asked again.
func (f *fetchedKeys) follow(
	ctx context.Context, wait *patience, what next, news chan struct{},
) (*loadedKeys, error) {
	if what.err != nil {
		return nil, what.err
	}
	switch what.status {
	case module.Done:
		f.startInBackground(what.fetch)
		return what.keys, nil
	case module.Fetch:
		go f.run(what.fetch)
		// Its end is news. A transport that ignores its context is waited for no longer than any other's fetch.
		return nil, f.wait(ctx, wait, what.atMost, news)
	case module.Wait:
		return nil, f.wait(ctx, wait, what.atMost, news)
	}
	return nil, errors.New("verijot: the core says nothing to do")
}

// patience is what the last wait of a call was for.
type patience struct {
	news   chan struct{}
	atMost time.Duration
}

// wait waits for the end of a fetch.
func (f *fetchedKeys) wait(ctx context.Context, last *patience, atMost time.Duration, news chan struct{}) error {
	// All of the time is over, but not by the caller's clock, which stands still.
	if last.news == news && last.atMost <= atMost {
		return refuse(causeKeysUnavailable, "", nil)
	}
	*last = patience{news, atMost}
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-news:
	case <-timer.C:
	case <-ctx.Done():
		return refuse(causeKeysUnavailable, "", ctx.Err())
	case <-f.ctx.Done():
		return refuse(causeKeysUnavailable, "", errClosed)
	}
	return nil
}

// latest is closed with the next news.
func (f *fetchedKeys) latest() chan struct{} {
	f.lock.Lock()
	defer f.lock.Unlock()
	return f.news
}

func (f *fetchedKeys) announce() {
	f.lock.Lock()
	defer f.lock.Unlock()
	close(f.news)
	f.news = make(chan struct{})
}

// startInBackground starts a fetch that nobody waits for.
func (f *fetchedKeys) startInBackground(ticket int32) {
	if ticket != 0 {
		go f.run(ticket)
	}
}

// run carries a fetch out. What panics in it is the caller's: a logger or a clock.
func (f *fetchedKeys) run(ticket int32) {
	defer f.announce()
	defer func() { _ = recover() }()
	fetch, err := f.begin(ticket)
	if fetch == nil || err != nil {
		return
	}
	problem := fetch.run()
	if f.logger == nil {
		return
	}
	if problem != "" {
		f.logger.Warn("verijot: the issuer's keys could not be fetched", "from", f.issuer.place, "problem", problem)
	} else {
		f.logger.Debug("verijot: the issuer's keys were fetched", "from", f.issuer.place)
	}
}
