package verijot

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// A Client verifies the tokens of one issuer, and fetches its keys. Make it once and share it; it is safe for
// concurrent use.
type Client struct {
	verifier *Verifier
	// One of them.
	fetched *fetchedKeys
	fixed   *JWKSet
	logger  *slog.Logger
}

// A KeySource is where the keys of a client come from.
type KeySource struct {
	options module.Options
	keys    *JWKSet
}

// KeysOfIssuer finds the keys through the issuer's metadata: that of OpenID Connect Discovery or, if missing, of
// RFC 8414, which must name exactly this issuer. Without metadata /.well-known/jwks.json is fetched, unless
// [WithDiscoveryOnly] is given.
func KeysOfIssuer(issuer string) KeySource {
	return KeySource{options: module.Options{"issuer", issuer}}
}

// KeysAt fetches the keys from one URL, with https or on the loopback interface.
func KeysAt(url string) KeySource {
	return KeySource{options: module.Options{"url", url}}
}

// FixedKeys are keys that are never fetched, such as those that a deployment has baked in.
func FixedKeys(keys *JWKSet) KeySource { return KeySource{keys: keys} }

// NewClient makes a client for the tokens of an issuer that are meant for an audience, with the keys of
// [KeysOfIssuer]. Nothing is fetched before the first token; [Client.Ready] waits for the keys.
//
// The context only gives its values to the requests for keys: its end ends nothing, [Client.Close] does. The
// error is a [*SetupError].
func NewClient(ctx context.Context, issuer, audience string, options ...ClientOption) (*Client, error) {
	settings := clientSettings{verifier: verifierSettings{policy: newPolicy(issuer, audience)}}
	for _, option := range options {
		option.applyToClient(&settings)
	}
	if issuer == AnyIssuer {
		return nil, &SetupError{Code: ErrInvalidKeySource, Message: "no issuer to fetch the keys of"}
	}
	verifier, err := newVerifier(&settings.verifier)
	if err != nil {
		return nil, err
	}
	return newClient(ctx, KeysOfIssuer(issuer), verifier, &settings)
}

// NewClientFor makes a client with a verifier, and keys of any source. What a verifier is told is no option here.
// The context is that of [NewClient].
func NewClientFor(ctx context.Context, source KeySource, verifier *Verifier, options ...ClientOption) (*Client, error) {
	if verifier == nil {
		return nil, errors.New("verijot: no verifier is given; make one by NewVerifier")
	}
	settings := clientSettings{}
	for _, option := range options {
		if _, isVerifiers := option.(VerifierOption); isVerifiers {
			return nil, invalidPolicy("", "an option of the verifier stands beside a verifier; give it to NewVerifier")
		}
		option.applyToClient(&settings)
	}
	return newClient(ctx, source, verifier, &settings)
}

func newClient(ctx context.Context, source KeySource, verifier *Verifier, settings *clientSettings) (*Client, error) {
	if err := settings.verifier.check(); err != nil {
		return nil, err
	}
	if err := contradiction(settings.issuer); err != nil {
		return nil, err
	}
	client := &Client{verifier: verifier, fixed: source.keys, logger: settings.logger.value}
	if source.keys != nil {
		return client, nil
	}
	if source.options == nil {
		return nil, errNoKeys
	}
	issuer, err := newCoreIssuer(verifier, append(source.options, settings.issuer...))
	if err != nil {
		return nil, err
	}
	client.fetched = &fetchedKeys{
		issuer: issuer,
		clocks: clocks{verifier.clock, settings.monotonic.value},
		http:   httpClient(settings.http.value),
		logger: settings.logger.value,
		news:   make(chan struct{}),
	}
	client.fetched.ctx, client.fetched.close = context.WithCancel(context.WithoutCancel(ctx))
	if settings.monotonic.value == nil {
		client.fetched.clocks.monotonic = elapsed
	}
	runtime.AddCleanup(client, func(fetched *fetchedKeys) {
		fetched.close()
		fetched.issuer.drop()
	}, client.fetched)
	if settings.seed.isGiven {
		if err := client.Seed(settings.seed.value); err != nil {
			return nil, err
		}
	}
	return client, nil
}

// Verifier gives the verifier with the policy.
func (c *Client) Verifier() *Verifier { return c.verifier }

// Verify verifies a token. It waits for a fetch only if no cached keys can be used. The error is an [*Error] if
// any check fails: [ErrUnknownKey] if the issuer has no such key, [ErrKeysUnavailable] (503) if its keys cannot be
// fetched, or the context ends before.
func (c *Client) Verify(ctx context.Context, raw string) (*Token, error) {
	return c.admit(ctx, raw, nil)
}

// admit verifies and asks about the tenant, then calls check, and asks about revocation last.
func (c *Client) admit(ctx context.Context, raw string, check func(*Token, clock) error) (*Token, error) {
	token, err := c.verify(ctx, raw, nil)
	if err != nil {
		return nil, err
	}
	defer runtime.KeepAlive(c)
	if err := c.verifier.askTenant(ctx, c.verifier.tenants, token); err != nil {
		return nil, err
	}
	if check != nil {
		if err := check(token, c.verifier.clock); err != nil {
			return nil, err
		}
	}
	if err := c.verifier.revocations.ask(ctx, token); err != nil {
		return nil, err
	}
	return token, nil
}

func (c *Client) verify(ctx context.Context, raw string, tried func(*loadedKeys)) (*Token, error) {
	defer runtime.KeepAlive(c)
	if c.fixed != nil {
		return c.verifier.verify(raw, c.fixed.loadedKeys, c.verifier.clock, nil)
	}
	return verifyFetched[*Token](ctx, c.fetched, c.verifier, raw, c.verifier.clock, tried)
}

// Explain makes every check of [Client.Verify] but those of tenants and revocation. An error means that nobody can say
// whether the token is good, such as [ErrKeysUnavailable].
func (c *Client) Explain(ctx context.Context, raw string) (*Explanation, error) {
	if c.fixed != nil {
		return c.verifier.Explain(raw, c.fixed)
	}
	var last *loadedKeys
	_, err := c.verify(ctx, raw, func(keys *loadedKeys) { last = keys })
	var refused *Error
	if err != nil && (!errors.As(err, &refused) || errors.Is(err, GroupUnavailable)) {
		return nil, err
	}
	if last == nil && errors.Is(err, ErrUnknownKey) {
		_ = c.fetched.issuer.instance.Do(func() { last = c.fetched.issuer.held() })
	}
	if last == nil {
		empty, err := ParseJWKS([]byte(`{"keys":[]}`))
		if err != nil {
			return nil, err
		}
		defer empty.Close()
		last = empty.loadedKeys
	}
	return c.verifier.explain(raw, last, c.verifier.clock)
}

// Ready waits for the first keys. The error is [ErrKeysUnavailable] if they cannot be fetched.
func (c *Client) Ready(ctx context.Context) error {
	return c.follow(ctx, func(asked float64, now reading) next {
		return c.fetched.issuer.keysFor(c.verifier.coreVerifier, nil, asked, now)
	})
}

// RefreshNow fetches the issuer's keys now and waits for them, for example after a rotation. The error is
// [ErrKeysUnavailable] if they cannot be fetched, or were fetched a moment ago.
func (c *Client) RefreshNow(ctx context.Context) error {
	return c.follow(ctx, func(asked float64, now reading) next {
		return c.fetched.issuer.refreshNow(asked, now)
	})
}

func (c *Client) follow(ctx context.Context, ask func(asked float64, now reading) next) error {
	if c.fetched == nil {
		return nil
	}
	defer runtime.KeepAlive(c)
	asked := c.fetched.clocks.read().monotonic
	_, err := c.fetched.followed(ctx, new(patience), func(now reading) next { return ask(asked, now) })
	return err
}

// Purge withdraws every key with this kid immediately, for a key that has leaked: its tokens are refused with
// [ErrUnknownKey], whatever the issuer publishes, until [Client.Restore] or the end of the process. It has no
// effect on keys that are never fetched.
func (c *Client) Purge(kid string) {
	if c.fetched == nil {
		return
	}
	defer runtime.KeepAlive(c)
	issuer := c.fetched.issuer
	_ = issuer.instance.Do(func() {
		address, length := issuer.instance.Text(kid)
		issuer.instance.Xverijot_issuer_purge(issuer.number, address, length)
	})
}

// Restore undoes [Client.Purge]. It gives false if the kid was not withdrawn.
func (c *Client) Restore(kid string) bool {
	if c.fetched == nil {
		return false
	}
	defer runtime.KeepAlive(c)
	issuer := c.fetched.issuer
	restored := false
	_ = issuer.instance.Do(func() {
		address, length := issuer.instance.Text(kid)
		restored = module.Status(issuer.instance.Xverijot_issuer_restore(issuer.number, address, length)) == module.Done
	})
	return restored
}

// A Health is how a client's keys are doing, for a health endpoint.
type Health struct {
	// UsableKeys is how many keys can verify tokens; zero if the set is too old.
	UsableKeys int `json:"usable_keys"`
	// SkippedKeys is how many keys of the set are not used.
	SkippedKeys int `json:"skipped_keys"`
	// Age is how many seconds ago the fetch started that last confirmed the set; nil without a set.
	Age *float64 `json:"age,omitempty"`
	// SHA256 is that of the set's octets, 64 lower-case hexadecimal digits; empty without a set.
	SHA256 string `json:"sha256,omitempty"`
	// IsSeed says whether the set came from elsewhere and no fetch has confirmed it since.
	IsSeed bool `json:"is_seed"`
	// IsFresh says whether the set has not reached the end of its lifetime.
	IsFresh bool `json:"is_fresh"`
	// Failures is how many fetches in a row have failed.
	Failures int `json:"failures"`
	// LastFailure is a code, which a colon and details for people may follow; empty without a failure.
	LastFailure string `json:"last_failure,omitempty"`
	// IsFetching says whether a fetch is running.
	IsFetching bool `json:"is_fetching"`
	// Purged are the kids that Purge has withdrawn, sorted.
	Purged []string `json:"purged"`
	// Fetches is how many fetches were started, by cause.
	Fetches FetchCounts `json:"fetches"`
}

// FetchCounts is how many fetches a client has started, by cause.
type FetchCounts struct {
	// Due: there were no keys, or their lifetime had ended.
	Due uint64 `json:"due"`
	// UnknownKey: a kid that the cached set does not have.
	UnknownKey uint64 `json:"unknown_key"`
	// RefusedToken: a refusal that newer keys might change, such as an invalid signature.
	RefusedToken uint64 `json:"refused_token"`
	// Requested: RefreshNow.
	Requested uint64 `json:"requested"`
}

// Health says how the keys are doing. It fetches nothing.
func (c *Client) Health() Health {
	if c.fixed != nil {
		return Health{UsableKeys: len(c.fixed.Keys()), SkippedKeys: len(c.fixed.Skipped()), IsFresh: true, Purged: []string{}}
	}
	defer runtime.KeepAlive(c)
	var health Health
	issuer, now := c.fetched.issuer, c.fetched.clocks.read()
	_ = issuer.instance.Do(func() {
		issuer.instance.Xverijot_issuer_health(issuer.number, now.monotonic, now.seconds, now.nanoseconds)
		_ = json.Unmarshal(issuer.instance.AnswerView(), &health)
	})
	return health
}

// A Snapshot is a key set that a client has fetched, for another client, process or machine. It survives JSON.
type Snapshot struct {
	// JWKS is the set as the issuer served it.
	JWKS string `json:"jwks"`
	// FetchedAt is when the issuer served it; the zero time is now.
	FetchedAt time.Time `json:"fetched_at"`
	// SHA256 is that of the set's octets, 64 hexadecimal digits; a set with another is refused. Empty is not
	// compared.
	SHA256 string `json:"sha256,omitempty"`
}

// Export gives the fetched keys, for [Client.Seed] elsewhere; false if there are none.
func (c *Client) Export() (Snapshot, bool) {
	if c.fetched == nil {
		return Snapshot{}, false
	}
	defer runtime.KeepAlive(c)
	issuer, at, now := c.fetched.issuer, c.fetched.clocks.wall(), c.fetched.clocks.read()
	var written struct {
		JWKS   string  `json:"jwks"`
		SHA256 string  `json:"sha256"`
		Age    float64 `json:"age"`
	}
	isThere := false
	_ = issuer.instance.Do(func() {
		status := issuer.instance.Xverijot_issuer_export(issuer.number, now.monotonic, now.seconds, now.nanoseconds)
		isThere = module.Status(status) == module.Done && json.Unmarshal(issuer.instance.AnswerView(), &written) == nil
	})
	if !isThere {
		return Snapshot{}, false
	}
	return Snapshot{written.JWKS, at.Add(-seconds(written.Age)).Round(0), written.SHA256}, true
}

// Seed takes over a key set, such as one of [Client.Export] or of a file. It is used immediately, and fetched again
// at the first token. It does nothing if the client has newer keys, or keys that are never fetched. The error is a
// [*SetupError] for a set that cannot be used, or that has another SHA-256.
func (c *Client) Seed(seed Snapshot) error {
	if c.fetched == nil {
		return nil
	}
	defer runtime.KeepAlive(c)
	issuer, now := c.fetched.issuer, c.fetched.clocks.read()
	age := 0.0
	if !seed.FetchedAt.IsZero() {
		age = max(c.fetched.clocks.wall().Sub(seed.FetchedAt).Seconds(), 0)
	}
	var sha256 []byte
	if seed.SHA256 != "" {
		sha256 = []byte(seed.SHA256)
	}
	var problem error
	err := issuer.instance.Do(func() {
		places := issuer.instance.Octets([]byte(seed.JWKS), sha256)
		status := module.Status(issuer.instance.Xverijot_issuer_seed(
			issuer.number, places[0].Address, places[0].Length, places[1].Address, places[1].Length,
			age, now.monotonic, now.seconds, now.nanoseconds))
		if status != module.Done {
			problem = setupErrorOf(issuer.instance.AnswerView())
		}
	})
	if err == nil {
		err = problem
	}
	if err == nil {
		c.fetched.announce()
	}
	return err
}

// Close stops fetching. Calls that wait for a fetch get [ErrKeysUnavailable]. Cached keys are used until they are
// too old.
func (c *Client) Close() {
	if c.fetched != nil {
		c.fetched.close()
	}
}
