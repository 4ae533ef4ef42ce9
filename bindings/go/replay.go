package verijot

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// A ReplayCheck says whether a token that may be presented once was presented before: a [*ReplayWindow], a
// [ReplayStore], or [WithoutReplayCheck].
type ReplayCheck interface {
	admit(ctx context.Context, replay Replay, now time.Time, by *profile) error
	isThere() bool
}

// A Replay is what must be remembered of a token.
type Replay struct {
	// Key is the same for the same token, and for no other: 64 hexadecimal digits.
	Key string
	// Until is the last moment at which the token would be accepted.
	Until time.Time
}

// A ReplayStore asks a store that several processes share. It inserts the key if it is not there, in one step,
// remembers it until then, and gives true if it was not there. After an error, a panic or no answer in time nobody can
// say, and the token is refused with [ErrReplayUnavailable] (503). So it is at once while a thousand calls that were given
// up still run.
type ReplayStore func(ctx context.Context, replay Replay) (isFirst bool, err error)

// WithoutReplayCheck waives the check: the same token is accepted any number of times.
func WithoutReplayCheck() ReplayCheck { return withoutReplayCheck{} }

// A ReplayWindow remembers tokens that may be presented once, in this process, for as long as each would be accepted
// again. It forgets nothing before its time: when it is full, tokens are refused with [ErrReplayUnavailable] (503). It
// is safe for concurrent use.
type ReplayWindow struct {
	instance *module.Instance
	number   int32
}

// NewReplayWindow makes an empty window for at most that many tokens at a time, about 200 octets each; for none or
// fewer it refuses all.
func NewReplayWindow(capacity int) (*ReplayWindow, error) {
	window := &ReplayWindow{instance: module.Current()}
	err := window.instance.Do(func() {
		window.instance.Xverijot_replay_window(float64(capacity))
		window.number = window.instance.Object(0)
	})
	if err != nil {
		return nil, err
	}
	instance := window.instance
	runtime.AddCleanup(window, func(number int32) {
		_ = instance.Do(func() { instance.Xverijot_replay_window_drop(number) })
	}, window.number)
	return window, nil
}

func (w *ReplayWindow) isThere() bool { return w != nil }

func (w *ReplayWindow) admit(_ context.Context, replay Replay, now time.Time, _ *profile) error {
	defer runtime.KeepAlive(w)
	until, untilNanoseconds := instant(replay.Until)
	seconds, nanoseconds := instant(now)
	var refused error
	err := w.instance.Do(func() {
		address, length := w.instance.Text(replay.Key)
		switch status := module.Status(w.instance.Xverijot_replay_admit(
			w.number, address, length, until, untilNanoseconds, seconds, nanoseconds)); status {
		case module.Done:
		case module.Refused:
			refused = refusalOf(w.instance.AnswerView())
		default:
			refused = unexpected(w.instance, status)
		}
	})
	if err == nil {
		err = refused
	}
	return err
}

func (s ReplayStore) isThere() bool { return s != nil }

func (s ReplayStore) admit(ctx context.Context, replay Replay, _ time.Time, p *profile) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	isFirst, err := p.replays.run(ctx, "replay", func() (bool, error) { return s(ctx, replay) })
	switch {
	case err != nil:
		return refuse(causeReplayUnavailable, "", err)
	case !isFirst:
		return refuse(causeReplayed, "", nil)
	}
	return nil
}

type withoutReplayCheck struct{}

func (withoutReplayCheck) isThere() bool { return true }

func (withoutReplayCheck) admit(context.Context, Replay, time.Time, *profile) error { return nil }

// verifyOnce verifies a token that may be presented once, and asks last whether it was presented before.
func (p *profile) verifyOnce(ctx context.Context, raw string, keys Keys, replay ReplayCheck) (*checkedClaims, error) {
	if replay == nil || !replay.isThere() {
		return nil, errNoReplayCheck
	}
	found, err := p.verify(ctx, raw, keys, nothing)
	if err != nil {
		return nil, err
	}
	if found.replay.Key != "" {
		if err := replay.admit(ctx, found.replay, found.at, p); err != nil {
			return nil, err
		}
	}
	return newCheckedClaims(found)
}

var errNoReplayCheck = errors.New("verijot: no replay check is given; make one by NewReplayWindow")
