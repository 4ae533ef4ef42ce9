package verijot

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// calls are those of a caller's function that may not end when its context does. They are not waited for then, but
// counted, so that their number is bounded.
type calls struct {
	abandoned atomic.Int32
	// The maximum number of them, from the core.
	most int32
}

// run calls the function on a goroutine of its own, and waits for it until the context ends. A panic is an error.
func (c *calls) run(ctx context.Context, what string, function func() (bool, error)) (bool, error) {
	if c.abandoned.Load() >= c.most {
		return false, errAbandoned
	}
	type answer struct {
		is  bool
		err error
	}
	answers := make(chan answer, 1)
	// Whether the call has ended or its caller has given it up, whichever comes first.
	var isDecided atomic.Bool
	go func() {
		var given answer
		defer func() {
			if panicked := recover(); panicked != nil {
				given = answer{err: fmt.Errorf("the %s check panicked: %v", what, panicked)}
			}
			answers <- given
			if !isDecided.CompareAndSwap(false, true) {
				c.abandoned.Add(-1)
			}
		}()
		// What ends without returning has not answered.
		given.err = fmt.Errorf("the %s check did not return", what)
		given.is, given.err = function()
	}()
	select {
	case given := <-answers:
		return given.is, given.err
	case <-ctx.Done():
		c.abandoned.Add(1)
		if !isDecided.CompareAndSwap(false, true) {
			c.abandoned.Add(-1)
		}
		return false, ctx.Err()
	}
}

var errAbandoned = errors.New("earlier checks still run, although their time is over")
