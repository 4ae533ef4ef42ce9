package verijot

import (
	"context"
	"time"
)

// Revocations says whether a token that passed every other check is revoked. An error, a panic or no answer in
// time mean that nobody can say: the token is refused with 503. It should end soon after its context does: while a
// thousand calls that were given up still run, nobody is asked, and tokens are refused with 503 at once.
type Revocations interface {
	Revoked(ctx context.Context, token *Token) (bool, error)
}

// RevocationsFunc is a function that is [Revocations].
type RevocationsFunc func(ctx context.Context, token *Token) (bool, error)

// Revoked calls the function.
func (f RevocationsFunc) Revoked(ctx context.Context, token *Token) (bool, error) {
	return f(ctx, token)
}

// askedRevocations are all that are asked whether a token is revoked.
type askedRevocations struct {
	all     []Revocations
	timeout time.Duration
	calls   calls
}

// ask asks, for at most the timeout in all.
func (a *askedRevocations) ask(ctx context.Context, token *Token) error {
	if len(a.all) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	isRevoked, err := a.calls.run(ctx, "revocation", func() (bool, error) {
		for _, each := range a.all {
			if isRevoked, err := each.Revoked(ctx, token); isRevoked || err != nil {
				return isRevoked, err
			}
		}
		return false, nil
	})
	switch {
	case err != nil:
		return refuse(causeRevocationUnavailable, "", err)
	case isRevoked:
		return refuse(causeRevoked, "", nil)
	}
	return nil
}
