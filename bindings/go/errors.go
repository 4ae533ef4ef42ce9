package verijot

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
	"github.com/verijot/verijot/bindings/go/internal/signature"
)

// A Code is why a token was refused, or what was set up wrongly: stable, and the same in every language. It is
// an error that errors.Is finds:
//
//	errors.Is(err, verijot.ErrExpired)
type Code string

// Error gives the code itself.
func (c Code) Error() string { return string(c) }

// A Group stands for several codes, such as [GroupUnavailable]; errors.Is finds it.
type Group string

// Error gives the name of the group.
func (g Group) Error() string { return string(g) }

// An Error says why a token is refused. Safe to log: it holds no token, no key and no secret.
type Error struct {
	// Code is the stable code.
	Code Code
	// Message is a sentence for people.
	Message string
	// Claim is the claim at fault, where it is one.
	Claim string
	// Expected is what would have been accepted, where saying so is harmless.
	Expected string
	// Actual is what the token has instead, where saying so is harmless.
	Actual string
	// RetryAfter is how long the client should wait, for status 503; zero if nothing is known.
	RetryAfter time.Duration

	status    int
	challenge string
	cause     error
}

// Error gives the code and the sentence.
func (e *Error) Error() string { return "verijot: " + string(e.Code) + ": " + e.Message }

// HTTPStatus gives the status that a resource server answers with: 401, 403 or 503.
func (e *Error) HTTPStatus() int { return e.status }

// WWWAuthenticate gives the value of the WWW-Authenticate header (RFC 6750 §3), with a realm unless that is
// empty; empty for the answers that have none.
func (e *Error) WWWAuthenticate(realm string) string {
	if realm == "" {
		return e.challenge
	}
	guard, err := newGuardRules(module.Options{"realm", realm})
	if err != nil {
		return e.challenge
	}
	defer guard.close()
	return guard.answer(e).header("WWW-Authenticate")
}

// Is says whether the error has a code, or a code of a group.
func (e *Error) Is(target error) bool { return is(e.Code, target) }

// Unwrap gives what made the revocation check or the fetch fail, where that is known.
func (e *Error) Unwrap() error { return e.cause }

// A SetupError says what was handed over that cannot be used: a policy, a demand, settings, keys, or where to
// fetch them.
type SetupError struct {
	// Code is the stable code.
	Code Code
	// Message is a sentence for people.
	Message string
	// Member is the member of the policy's document that is at fault, where it is one.
	Member string
	// Settings are the names of the settings that are at fault, of [NewClientFromEnvironment].
	Settings []string
}

// Error gives the code and the sentence.
func (e *SetupError) Error() string { return "verijot: " + string(e.Code) + ": " + e.Message }

// Is says whether the error has a code, or a code of a group.
func (e *SetupError) Is(target error) bool { return is(e.Code, target) }

// An AccessTokenError says that there is no access token to send with a request.
type AccessTokenError struct {
	// Code is the stable code.
	Code Code
	// Message is a sentence for people.
	Message string
	// RetryAfter is after how long trying again can succeed; zero if nothing is known.
	RetryAfter time.Duration
}

// Error gives the code and the sentence.
func (e *AccessTokenError) Error() string { return "verijot: " + string(e.Code) + ": " + e.Message }

// Is says whether the error has a code, or a code of a group.
func (e *AccessTokenError) Is(target error) bool { return is(e.Code, target) }

// A SelfTestError says that Go's crypto gives wrong answers for an algorithm, or none, on this machine. Then
// nothing is verified with it.
type SelfTestError = signature.SelfTestError

func is(code Code, target error) bool {
	switch target := target.(type) {
	case Code:
		return target == code
	case Group:
		for _, group := range groupsOf(code) {
			if group == target {
				return true
			}
		}
	}
	return false
}

// refusal is the text of a refused call.
type refusal struct {
	Code       Code     `json:"code"`
	Message    string   `json:"message"`
	Status     int      `json:"status"`
	Claim      string   `json:"claim"`
	Expected   string   `json:"expected"`
	Actual     string   `json:"actual"`
	Challenge  string   `json:"challenge"`
	RetryAfter *float64 `json:"retry_after"`
}

func refusalOf(text []byte) *Error {
	var r refusal
	if err := json.Unmarshal(text, &r); err != nil {
		return &Error{Code: ErrKeysUnavailable, Message: "the core gave no reason", status: 503, cause: err}
	}
	return r.error()
}

func (r refusal) error() *Error {
	e := &Error{
		Code: r.Code, Message: r.Message, Claim: r.Claim, Expected: r.Expected, Actual: r.Actual,
		status: r.Status, challenge: r.Challenge,
	}
	if r.RetryAfter != nil {
		e.RetryAfter = seconds(*r.RetryAfter)
	}
	return e
}

func setupErrorOf(text []byte) error {
	problem := struct {
		Code    Code   `json:"code"`
		Message string `json:"message"`
		Member  string `json:"member"`

		Settings []string `json:"settings"`
	}{}
	if err := json.Unmarshal(text, &problem); err != nil {
		return errors.New("verijot: the core gave no reason")
	}
	return &SetupError{problem.Code, problem.Message, problem.Member, problem.Settings}
}

// What the host has found out itself (verijot_refusal).
const (
	causeMissingToken          = 0
	causeRevoked               = 1
	causeRevocationUnavailable = 2
	causeKeysUnavailable       = 3
	causeMissingClaim          = 4
	causeInvalidClaim          = 5
	causeReplayed              = 6
	causeReplayUnavailable     = 7
)

// refuse gives the core's refusal for what the host has found out.
func refuse(number int32, claim string, cause error) error {
	var refused *Error
	err := module.Current().DoAnywhere(always, func(instance *module.Instance) {
		address, length := instance.Text(claim)
		instance.Xverijot_refusal(number, address, length, nan)
		refused = refusalOf(instance.AnswerView())
	})
	if err != nil {
		return err
	}
	refused.cause = cause
	return refused
}

// seconds makes a span of seconds; what is too long is the longest.
func seconds(number float64) time.Duration {
	if number >= float64(1<<63-1)/1e9 {
		return 1<<63 - 1
	}
	return time.Duration(number * 1e9)
}

// refusalOptions passes a refusal back to the core.
func (e *Error) refusalOptions() module.Options {
	options := module.Options{"code", string(e.Code), "status", strconv.Itoa(e.status)}
	if e.challenge != "" {
		options.Text("challenge", e.challenge)
	}
	if e.RetryAfter > 0 {
		options.Text("retry_after", strconv.FormatInt(int64(e.RetryAfter/time.Second), 10))
	}
	return options
}
