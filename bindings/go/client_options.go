package verijot

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

type clientOption func(*clientSettings)

func (o clientOption) applyToClient(settings *clientSettings) { o(settings) }

type clientSettings struct {
	verifier  verifierSettings
	issuer    module.Options
	http      once[*http.Client]
	logger    once[*slog.Logger]
	seed      once[Snapshot]
	monotonic once[func() time.Duration]
}

// contradiction gives the option that stands twice with different values, of which only one would count. Lists add up.
func contradiction(options module.Options) error {
	name := options.Twice("allowed_host", "purposes", "certificates")
	if name == "" {
		return nil
	}
	return &SetupError{Code: ErrInvalidKeySource, Message: name + " is given twice, with different values; leave one out"}
}

// WithDiscoveryOnly asks nobody but the issuer's metadata for the URL of the keys.
func WithDiscoveryOnly() ClientOption { return issuerSwitch("discovery_only") }

// WithPlainHTTP accepts http, for a network without anyone who can impersonate the issuer.
func WithPlainHTTP() ClientOption { return issuerSwitch("plain_http") }

// WithAllowedHosts are the hosts that may be asked for keys and metadata; without it any, without hosts none.
func WithAllowedHosts(hosts ...string) ClientOption {
	return clientOption(func(s *clientSettings) {
		if len(hosts) == 0 {
			// One empty name says that no host is allowed.
			s.issuer.Text("allowed_host", "")
		}
		for _, host := range hosts {
			s.issuer.Text("allowed_host", host)
		}
	})
}

// WithPaddedBase64 accepts key sets with numbers in base64 with padding or of the standard alphabet, against
// RFC 7515 §2.
func WithPaddedBase64() ClientOption { return issuerSwitch("padded_base64") }

// WithShortCoordinates accepts key sets with coordinates that lack leading zero octets, against RFC 7518
// §6.2.1.2.
func WithShortCoordinates() ClientOption { return issuerSwitch("short_coordinates") }

// WithPurposes says which values the use of a key may have, such as jwt-svid; without it none and sig.
func WithPurposes(purposes ...string) ClientOption { return issuerList("purposes", purposes) }

// WithCertificates reads an object of kid and certificate or public key in PEM, as Google publishes it for Firebase,
// in place of a JWK Set. All keys are for these algorithms; of a certificate neither validity nor chain is checked. A
// URL of [KeysAt] with {kid} in it needs this too: it is that of each key by itself, as AWS load balancers publish
// theirs.
func WithCertificates(algorithms ...string) ClientOption {
	return issuerList("certificates", algorithms)
}

// WithEmptySetRevokes takes a set without any key at its word: every token is refused. Without it, such a set is a
// failed fetch.
func WithEmptySetRevokes() ClientOption { return issuerSwitch("empty_set_revokes") }

// WithStaleDespiteHeaders uses a set after its lifetime even where the response forbids it.
func WithStaleDespiteHeaders() ClientOption { return issuerSwitch("stale_despite_headers") }

// WithFreshFor is the lifetime of a set where the response says nothing; without it ten minutes.
func WithFreshFor(span time.Duration) ClientOption { return issuerSpan("fresh_for", span) }

// WithShortestFresh is the shortest lifetime that a response can give; without it a minute.
func WithShortestFresh(span time.Duration) ClientOption { return issuerSpan("shortest_fresh", span) }

// WithLongestFresh is the longest lifetime that a response can give; without it a day.
func WithLongestFresh(span time.Duration) ClientOption { return issuerSpan("longest_fresh", span) }

// WithRevalidateFor is how long after its lifetime a set is used while it is fetched again; without it ten
// minutes.
func WithRevalidateFor(span time.Duration) ClientOption { return issuerSpan("revalidate_for", span) }

// WithStaleFor is how long after its lifetime a set is used while the issuer cannot be reached; without it a day.
func WithStaleFor(span time.Duration) ClientOption { return issuerSpan("stale_for", span) }

// WithUnknownWindow is the span in which unknown kids and bad signatures may cause two fetches; without it 30
// seconds.
func WithUnknownWindow(span time.Duration) ClientOption { return issuerSpan("unknown_window", span) }

// WithShortestRest is the wait after a first failed fetch, doubled with each one that follows; without it a
// second.
func WithShortestRest(span time.Duration) ClientOption { return issuerSpan("shortest_rest", span) }

// WithLongestRest is the longest such wait; without it a minute.
func WithLongestRest(span time.Duration) ClientOption { return issuerSpan("longest_rest", span) }

// WithFetchTimeout is after how long a fetch counts as failed; without it five seconds.
func WithFetchTimeout(span time.Duration) ClientOption { return issuerSpan("fetch_timeout", span) }

// WithHTTPClient makes the requests with another client. It follows no redirect, whatever its CheckRedirect
// says.
func WithHTTPClient(client *http.Client) ClientOption {
	return clientOption(func(s *clientSettings) {
		if !isSame(&s.http, client) {
			s.verifier.fail(twice("WithHTTPClient"))
		}
	})
}

// WithLogger logs fetches and faults. No token, key or secret is logged.
func WithLogger(logger *slog.Logger) ClientOption {
	return clientOption(func(s *clientSettings) {
		if !isSame(&s.logger, logger) {
			s.verifier.fail(twice("WithLogger"))
		}
	})
}

// WithSeed begins with keys, such as those that were baked in by the deployment.
func WithSeed(seed Snapshot) ClientOption {
	return clientOption(func(s *clientSettings) {
		if !isSame(&s.seed, seed) {
			s.verifier.fail(twice("WithSeed"))
		}
	})
}

// WithMonotonicClock takes the spans by which keys age from a clock that never goes back, from any beginning.
// For tests, beside [WithClock]. Nil, and a second clock, are errors.
func WithMonotonicClock(elapsed func() time.Duration) ClientOption {
	return clientOption(func(s *clientSettings) {
		if elapsed == nil {
			s.verifier.fail(invalidPolicy("", "WithMonotonicClock: there is no clock"))
		}
		if !s.monotonic.is(elapsed) {
			s.verifier.fail(twice("WithMonotonicClock"))
		}
	})
}

func issuerSwitch(name string) ClientOption {
	return clientOption(func(s *clientSettings) { s.issuer.Is(name, true) })
}

// issuerList is never left out: an empty list the core refuses.
func issuerList(name string, values []string) ClientOption {
	return clientOption(func(s *clientSettings) {
		if len(values) == 0 {
			s.issuer.Text(name, "")
		}
		for _, value := range values {
			s.issuer.Text(name, value)
		}
	})
}

func issuerSpan(name string, span time.Duration) ClientOption {
	return clientOption(func(s *clientSettings) { s.issuer.Text(name, module.Decimal(span)) })
}
