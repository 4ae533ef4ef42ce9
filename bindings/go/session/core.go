package session

import (
	"encoding/json"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/internal/module"
)

// core is the core's session: it knows how old the tokens are, but not the tokens, and decides when to refresh.
type core struct {
	instance  *module.Instance
	number    int32
	wall      func() time.Time
	monotonic func() time.Duration
	// How long requests wait for new tokens to be stored.
	storingTimeout time.Duration
	// The most octets of a token endpoint's answer.
	maxAnswerOctets int
	// The last reading of both clocks that did not fail.
	last atomic.Pointer[reading]
}

// reading is what both clocks say.
type reading struct {
	wall      time.Time
	monotonic float64
}

func (r reading) numbers() (monotonic, seconds float64, nanoseconds int32) {
	return r.monotonic, float64(r.wall.Unix()), int32(r.wall.Nanosecond())
}

var errClock = &verijot.AccessTokenError{
	Code: verijot.ErrRefreshUnavailable, Message: "a clock of WithClocks failed, so the age of the tokens is unknown",
}

// ticket is the permission for one refresh of the tokens with a number.
type ticket struct {
	number, tokens int32
	timeout        time.Duration
	// Whether the tokens must be stored before their refresh token is sent.
	storeFirst bool
}

// decision is what to do with a request.
type decision struct {
	kind    int
	tokens  int32
	attempt int32
	ticket  ticket
	wait    time.Duration
}

// The kinds of decisions (verijot_session_resolve).
const (
	send = iota
	refreshFirst
	wait
	storageNeeded
	unavailable
	signInNeeded
)

// Why a refresh brought no tokens, in place of a status.
const (
	noAnswer  = 0
	timedOut  = 1
	notStored = 2
)

func newCore(settings module.Options, wall func() time.Time, monotonic func() time.Duration) (*core, error) {
	c := &core{instance: module.Current(), wall: wall, monotonic: monotonic}
	err := c.instance.Do(func() {
		place := c.instance.Octets(settings.Octets())[0]
		c.instance.Xverijot_session(place.Address, place.Length)
		c.number = c.instance.Object(0)
		c.storingTimeout = spanOf(c.instance.Number(1))
		c.maxAnswerOctets = int(c.instance.Number(3))
	})
	return c, err
}

func (c *core) drop() {
	_ = c.instance.Do(func() { c.instance.Xverijot_session_drop(c.number) })
}

// now reads both clocks. What panics in them is an error.
func (c *core) now() (now reading, err error) {
	err = errClock
	defer func() { _ = recover() }()
	now = reading{c.wall(), c.monotonic().Seconds()}
	c.last.Store(&now)
	return now, nil
}

// lately is now or, while the clocks fail, when they last did not: what has happened counts all the same.
func (c *core) lately() reading {
	now, err := c.now()
	if last := c.last.Load(); err != nil && last != nil {
		return *last
	}
	return now
}

// signIn takes tokens, and gives the number to keep them under.
func (c *core) signIn(tokens Tokens, isStored bool, now reading) (number int32, err error) {
	monotonic, seconds, nanoseconds := now.numbers()
	age := now.wall.Sub(tokens.IssuedAt).Seconds()
	err = c.instance.Do(func() {
		c.instance.Xverijot_session_sign_in(c.number, expiresIn(tokens), age, bit(tokens.RefreshToken != ""),
			bit(isStored), monotonic, seconds, nanoseconds)
		number = c.instance.Object(0)
	})
	return number, err
}

func (c *core) stored(tokens int32) {
	_ = c.instance.Do(func() { c.instance.Xverijot_session_stored(c.number, float64(tokens)) })
}

func (c *core) signOut() {
	_ = c.instance.Do(func() { c.instance.Xverijot_session_sign_out(c.number) })
}

// resolve says which tokens to send with a request.
func (c *core) resolve(canStore bool) (decided decision, err error) {
	now, err := c.now()
	if err != nil {
		return decision{}, err
	}
	monotonic, seconds, nanoseconds := now.numbers()
	err = c.instance.Do(func() {
		c.instance.Xverijot_session_resolve(c.number, bit(canStore), monotonic, seconds, nanoseconds)
		decided = c.decision()
	})
	return decided, err
}

// unauthorized says what to do about the answer with 401 to an attempt.
func (c *core) unauthorized(attempt int32, canStore bool) (decided decision, err error) {
	now, err := c.now()
	if err != nil {
		return decision{}, err
	}
	monotonic, seconds, nanoseconds := now.numbers()
	err = c.instance.Do(func() {
		c.instance.Xverijot_session_unauthorized(c.number, attempt, bit(canStore), monotonic, seconds, nanoseconds)
		decided = c.decision()
	})
	return decided, err
}

func (c *core) decision() decision {
	d := decision{kind: int(c.instance.Number(0)), tokens: c.instance.Object(1), attempt: c.instance.Object(2)}
	d.ticket = ticket{c.instance.Object(3), d.tokens, spanOf(c.instance.Number(4)), c.instance.Number(5) == 1}
	d.wait = spanOf(c.instance.Number(1))
	return d
}

// refreshed takes the tokens of a refresh, and gives their number; false if they must not be used.
func (c *core) refreshed(of ticket, tokens Tokens, now reading) (number int32, isNew bool) {
	monotonic, seconds, nanoseconds := now.numbers()
	_ = c.instance.Do(func() {
		status := c.instance.Xverijot_session_refreshed(c.number, of.number, expiresIn(tokens), 0,
			bit(tokens.RefreshToken != ""), monotonic, seconds, nanoseconds)
		number, isNew = c.instance.Object(0), module.Status(status) == module.Done
	})
	return number, isNew
}

// failed reports that a refresh brought no tokens.
func (c *core) failed(of ticket, status int, body []byte, now reading) (isIgnored, isSignedOut bool, message string) {
	monotonic, seconds, nanoseconds := now.numbers()
	isIgnored = true
	_ = c.instance.Do(func() {
		place := c.instance.Octets(body)[0]
		c.instance.Xverijot_session_failed(c.number, of.number, int32(status), place.Address, place.Length,
			monotonic, seconds, nanoseconds)
		effect := c.instance.Object(0)
		isIgnored, isSignedOut, message = effect > 1, effect == 1, c.instance.Answer()
	})
	return isIgnored, isSignedOut, message
}

// Health is how a session is doing.
type Health struct {
	// IsSignedIn says whether there are tokens; otherwise the user has to sign in.
	IsSignedIn bool `json:"is_signed_in"`
	// IsValid says whether the access token has not expired.
	IsValid bool `json:"is_valid"`
	// ExpiresIn is the seconds until the access token expires; nil if that is unknown.
	ExpiresIn *float64 `json:"expires_in,omitempty"`
	// Failures is how many refreshes have failed since the last one that succeeded.
	Failures int `json:"failures"`
	// LastFailure is why the last of them failed: a code, and perhaps a colon and more.
	LastFailure string `json:"last_failure,omitempty"`
	// IsRefreshing says whether a refresh is under way.
	IsRefreshing bool `json:"is_refreshing"`
}

func (c *core) health() (health Health) {
	monotonic, seconds, nanoseconds := c.lately().numbers()
	_ = c.instance.Do(func() {
		c.instance.Xverijot_session_health(c.number, monotonic, seconds, nanoseconds)
		_ = json.Unmarshal(c.instance.AnswerView(), &health)
	})
	return health
}

// issued reads the tokens of a token endpoint's answer (RFC 6749 §5.1). The error is a [*RefreshFailedError] if it has
// none.
func issued(status int, answer []byte) (Tokens, error) {
	instance := module.Current()
	var tokens Tokens
	isIssued := false
	err := instance.Do(func() {
		place := instance.Octets(answer)[0]
		done := instance.Xverijot_token_response(int32(status), place.Address, place.Length)
		isIssued = module.Status(done) == module.Done && json.Unmarshal(instance.AnswerView(), &tokens) == nil
		if seconds := instance.Number(0); isIssued && !math.IsNaN(seconds) {
			span := spanOf(seconds)
			tokens.ExpiresIn = &span
		}
	})
	if err == nil && !isIssued {
		err = &RefreshFailedError{status, answer}
	}
	if err != nil {
		return Tokens{}, err
	}
	return tokens, nil
}

// maySend says whether a token may be sent to a URL.
func maySend(url string) error {
	instance := module.Current()
	isSafe := false
	err := instance.Do(func() {
		address, length := instance.Text(url)
		isSafe = module.Status(instance.Xverijot_check_url(address, length)) == module.Done
	})
	if err == nil && !isSafe {
		err = errUnsafe
	}
	return err
}

func expiresIn(tokens Tokens) float64 {
	if tokens.ExpiresIn == nil {
		return math.NaN()
	}
	return tokens.ExpiresIn.Seconds()
}

func spanOf(seconds float64) time.Duration {
	if seconds >= math.MaxInt64/1e9 {
		return math.MaxInt64
	}
	return time.Duration(seconds * 1e9)
}

func bit(value bool) int32 {
	if value {
		return 1
	}
	return 0
}

// String names the decision, for errors that should not occur.
func (d decision) String() string { return fmt.Sprintf("decision %d", d.kind) }
