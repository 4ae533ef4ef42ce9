package verijot

import (
	"context"
	"fmt"
	"time"
)

// Revocations says whether a token that passed every other check is revoked. An error, a panic or no answer in
// time mean that nobody can say: the token is refused with 503.
type Revocations interface {
	Revoked(ctx context.Context, token *Token) (bool, error)
}

// RevocationsFunc is a function that is [Revocations].
type RevocationsFunc func(ctx context.Context, token *Token) (bool, error)

// Revoked calls the function.
func (f RevocationsFunc) Revoked(ctx context.Context, token *Token) (bool, error) {
	return f(ctx, token)
}

func (v *Verifier) askRevoked(ctx context.Context, token *Token) error {
	return askWithin(ctx, v.revocations, v.timeout, token)
}

// askWithin asks for at most this time whether the token is revoked.
func askWithin(ctx context.Context, revocations Revocations, timeout time.Duration, token *Token) error {
	if revocations == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answers := make(chan revoked, 1)
	// What does not honour its context is not waited for.
	go func() { answers <- askRevoked(ctx, revocations, token) }()
	var answer revoked
	select {
	case answer = <-answers:
	case <-ctx.Done():
		answer.problem = ctx.Err()
	}
	switch {
	case answer.problem != nil:
		return refuse(causeRevocationUnavailable, "", answer.problem)
	case answer.is:
		return refuse(causeRevoked, "", nil)
	}
	return nil
}

type revoked struct {
	is      bool
	problem error
}

func askRevoked(ctx context.Context, revocations Revocations, token *Token) (answer revoked) {
	defer func() {
		if panicked := recover(); panicked != nil {
			answer.problem = fmt.Errorf("the revocation check panicked: %v", panicked)
		}
	}()
	answer.is, answer.problem = revocations.Revoked(ctx, token)
	return answer
}
