package scenarios

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
)

func TestScenariosOfKeys(t *testing.T) {
	scenariosOf(t, "keys", func(fixtures json.RawMessage, s scenario) error {
		player := &keysPlayer{scenario: s, clients: map[string]*verijot.Client{}, started: map[string][]chan outcome{}}
		if err := strict(fixtures, &player.fixtures); err != nil {
			return err
		}
		return player.play()
	})
}

type keysPlayer struct {
	scenario scenario
	fixtures struct {
		Keys   map[string]json.RawMessage `json:"keys"`
		Tokens map[string]string          `json:"tokens"`
	}
	server   *server
	clocks   clocks
	clients  map[string]*verijot.Client
	started  map[string][]chan outcome
	underWay atomic.Int32
	stray    atomic.Value

	lock     sync.Mutex
	keys     map[string]keysAnswer
	metadata metadataAnswer
}

// clocks stand still between steps.
type clocks struct {
	lock         sync.Mutex
	wall, asleep float64
}

func (c *clocks) now() time.Time {
	c.lock.Lock()
	defer c.lock.Unlock()
	return start.Add(spanOf(c.wall))
}

// Not zero, as on a real machine.
func (c *clocks) monotonic() time.Duration {
	c.lock.Lock()
	defer c.lock.Unlock()
	return 1000*time.Second + spanOf(c.wall-c.asleep)
}

func (c *clocks) set(wall, asleep float64) {
	c.lock.Lock()
	defer c.lock.Unlock()
	check(wall >= c.wall, "the clock cannot go back")
	c.wall, c.asleep = wall, c.asleep+asleep
}

type keysAnswer struct {
	Path        *string           `json:"path"`
	Status      int               `json:"status"`
	Headers     map[string]string `json:"headers"`
	Keys        []string          `json:"keys"`
	MoreKeys    int               `json:"more_keys"`
	PadOctets   int               `json:"pad_octets"`
	Body        *string           `json:"body"`
	BodyBase64  *string           `json:"body_base64"`
	Etag        *string           `json:"etag"`
	NotModified bool              `json:"not_modified"`
	Fault       string            `json:"fault"`
	Hold        bool              `json:"hold"`
}

type metadataAnswer struct {
	Issuer     string            `json:"issuer"`
	JWKSURI    string            `json:"jwks_uri"`
	Status     int               `json:"status"`
	Headers    map[string]string `json:"headers"`
	Body       *string           `json:"body"`
	BodyBase64 *string           `json:"body_base64"`
	Fault      string            `json:"fault"`
	Hold       bool              `json:"hold"`
}

func defaultMetadata() metadataAnswer {
	return metadataAnswer{Issuer: "{origin}", JWKSURI: "{origin}/keys", Status: 200}
}

func (p *keysPlayer) play() error {
	p.keys = map[string]keysAnswer{"": {Status: 200}}
	p.metadata = defaultMetadata()
	p.server = newServer(p.answer)
	defer p.server.close()
	if expected := p.scenario.SetupError; expected != "" {
		_, err := p.newClient()
		var setup *verijot.SetupError
		if !errors.As(err, &setup) || string(setup.Code) != expected {
			return fmt.Errorf("setup: %v instead of %s", err, expected)
		}
		return nil
	}
	for number, one := range p.scenario.Steps {
		if err := step(func() { p.step(one); p.settle() }); err != nil {
			written, _ := json.Marshal(one)
			return fmt.Errorf("step %d %.300s: %w", number+1, written, err)
		}
		if stray := p.stray.Load(); stray != nil {
			return fmt.Errorf("step %d: %v", number+1, stray)
		}
	}
	if len(p.started) > 0 {
		return errors.New("not joined")
	}
	return nil
}

func (p *keysPlayer) step(one map[string]json.RawMessage) {
	name, at := "main", p.clocks.wall
	for action, value := range one {
		switch action {
		case "client":
			must(strict(value, &name))
		case "at":
			must(strict(value, &at))
		}
	}
	p.clocks.set(at, 0)
	actions := 0
	for action, value := range one {
		if action != "client" && action != "at" {
			actions++
			p.act(action, value, name)
		}
	}
	check(actions == 1, "not one action")
}

func (p *keysPlayer) act(action string, value json.RawMessage, name string) {
	switch action {
	case "asleep":
		var seconds float64
		must(strict(value, &seconds))
		p.clocks.set(p.clocks.wall+seconds, seconds)
	case "issuer":
		answer := keysAnswer{Status: 200}
		must(strict(value, &answer))
		p.lock.Lock()
		defer p.lock.Unlock()
		if answer.Path == nil {
			p.keys[""] = answer
		} else {
			p.keys[*answer.Path] = answer
		}
	case "metadata":
		answer := defaultMetadata()
		must(strict(value, &answer))
		p.lock.Lock()
		defer p.lock.Unlock()
		p.metadata = answer
	case "release":
		p.server.release()
	case "verify":
		p.verify(value, name)
	case "join":
		var join struct {
			As         string   `json:"as"`
			Expect     string   `json:"expect"`
			RetryAfter *float64 `json:"retry_after"`
		}
		must(strict(value, &join))
		calls, isStarted := p.started[join.As]
		check(isStarted, "nothing was started as %s", join.As)
		delete(p.started, join.As)
		compare(calls, join.Expect, join.RetryAfter)
	case "seed":
		p.seed(value, name)
	case "export_to", "fork_to":
		var other string
		must(strict(value, &other))
		snapshot, isThere := p.client(name).Export()
		check(isThere, "nothing to export")
		written, err := json.Marshal(snapshot)
		must(err)
		var read verijot.Snapshot
		must(json.Unmarshal(written, &read))
		must(p.client(other).Seed(read))
	case "purge":
		var kid string
		must(strict(value, &kid))
		p.client(name).Purge(kid)
	case "restore":
		var kid string
		must(strict(value, &kid))
		check(p.client(name).Restore(kid), "nothing to restore")
	case "refresh_now":
		var refresh struct {
			Expect     string   `json:"expect"`
			RetryAfter *float64 `json:"retry_after"`
		}
		must(strict(value, &refresh))
		call := make(chan outcome, 1)
		call <- outcomeOf(p.client(name).RefreshNow(context.Background()), "ok")
		compare([]chan outcome{call}, refresh.Expect, refresh.RetryAfter)
	case "restart":
		delete(p.clients, name)
	case "fetches", "metadata_fetches":
		var count int
		must(strict(value, &count))
		eventually(action, func() any {
			found := 0
			for _, request := range p.server.seen() {
				if isMetadata(request.path) == (action == "metadata_fetches") {
					found++
				}
			}
			return found
		}, count)
	case "health":
		p.health(value, name)
	default:
		check(false, "unknown action %s", action)
	}
}

func (p *keysPlayer) verify(value json.RawMessage, name string) {
	verify := struct {
		Token      string   `json:"token"`
		Expect     *string  `json:"expect"`
		RetryAfter *float64 `json:"retry_after"`
		Times      int      `json:"times"`
		As         *string  `json:"as"`
	}{Times: 1}
	must(strict(value, &verify))
	raw, isKnown := p.fixtures.Tokens[verify.Token]
	check(isKnown, "no token %s", verify.Token)
	client := p.client(name)
	var calls []chan outcome
	for range verify.Times {
		call := make(chan outcome, 1)
		calls = append(calls, call)
		go func() {
			_, err := client.Verify(context.Background(), raw)
			call <- outcomeOf(err, "accepted")
		}()
	}
	if verify.As == nil {
		compare(calls, *verify.Expect, verify.RetryAfter)
		return
	}
	check(verify.Expect == nil, "expect beside as")
	// Gives the call time to wait for a held answer, or for another call's fetch.
	time.Sleep(50 * time.Millisecond)
	p.started[*verify.As] = calls
}

func (p *keysPlayer) seed(value json.RawMessage, name string) {
	var seed struct {
		Keys   []string `json:"keys"`
		Age    float64  `json:"age"`
		SHA256 string   `json:"sha256"`
		Expect string   `json:"expect"`
	}
	must(strict(value, &seed))
	jwks := p.jwks(seed.Keys)
	snapshot := verijot.Snapshot{JWKS: jwks, FetchedAt: p.clocks.now().Add(-spanOf(seed.Age))}
	switch seed.SHA256 {
	case "":
	case "right":
		sum := sha256.Sum256([]byte(jwks))
		snapshot.SHA256 = hex.EncodeToString(sum[:])
	case "wrong":
		snapshot.SHA256 = strings.Repeat("0", 64)
	default:
		check(false, "sha256")
	}
	ended := "ok"
	if err := p.client(name).Seed(snapshot); err != nil {
		var setup *verijot.SetupError
		check(errors.As(err, &setup), "%v", err)
		ended = string(setup.Code)
	}
	expect("seed", ended, seed.Expect)
}

func (p *keysPlayer) health(value json.RawMessage, name string) {
	var members map[string]any
	must(json.Unmarshal(value, &members))
	known := map[string]bool{"usable_keys": true, "is_fresh": true, "is_seed": true, "is_fetching": true, "failures": true, "purged": true}
	for member, expected := range members {
		check(known[member], "unknown member %s", member)
		eventually(member, func() any {
			written, err := json.Marshal(p.client(name).Health())
			must(err)
			var read map[string]any
			must(json.Unmarshal(written, &read))
			return read[member]
		}, expected)
	}
}

func (p *keysPlayer) settle() {
	for calm := 0; calm < 3; {
		time.Sleep(2 * time.Millisecond)
		held, fetching := p.server.heldCount(), 0
		for _, client := range p.clients {
			if client.Health().IsFetching {
				fetching++
			}
		}
		if fetching <= held && int(p.underWay.Load()) <= held {
			calm++
		} else {
			calm = 0
		}
	}
}

func (p *keysPlayer) client(name string) *verijot.Client {
	client := p.clients[name]
	if client == nil {
		var err error
		client, err = p.newClient()
		must(err)
		p.clients[name] = client
	}
	return client
}

func (p *keysPlayer) newClient() (*verijot.Client, error) {
	verifierOptions := []verijot.VerifierOption{verijot.WithClock(p.clocks.now)}
	options := []verijot.ClientOption{
		verijot.WithMonotonicClock(p.clocks.monotonic),
		verijot.WithHTTPClient(&http.Client{Transport: p}),
	}
	for name, value := range p.scenario.Settings {
		number, _ := value.(float64)
		spans := map[string]func(time.Duration) verijot.ClientOption{
			"fresh_for": verijot.WithFreshFor, "shortest_fresh": verijot.WithShortestFresh,
			"longest_fresh": verijot.WithLongestFresh, "revalidate_for": verijot.WithRevalidateFor,
			"stale_for": verijot.WithStaleFor, "unknown_window": verijot.WithUnknownWindow,
			"shortest_rest": verijot.WithShortestRest, "longest_rest": verijot.WithLongestRest,
			"fetch_timeout": verijot.WithFetchTimeout,
		}
		switch name {
		case "max_keys":
			verifierOptions = append(verifierOptions, verijot.WithMaxJWKSKeys(uint64(number)))
		case "max_octets":
			verifierOptions = append(verifierOptions, verijot.WithMaxJWKSOctets(uint64(number)))
		case "plain_http":
			options = append(options, verijot.WithPlainHTTP())
		case "stale_despite_headers":
			options = append(options, verijot.WithStaleDespiteHeaders())
		case "empty_set_revokes":
			if value.(bool) {
				options = append(options, verijot.WithEmptySetRevokes())
			}
		case "allowed_hosts":
			options = append(options, verijot.WithAllowedHosts(textsOf(value)...))
		case "purposes":
			options = append(options, verijot.WithPurposes(textsOf(value)...))
		case "certificates":
			options = append(options, verijot.WithCertificates(textsOf(value)...))
		default:
			if spans[name] == nil {
				return nil, fmt.Errorf("unknown setting %s", name)
			}
			options = append(options, spans[name](spanOf(number)))
		}
	}
	verifier, err := verijot.NewVerifier("https://issuer.example", "https://api.example", verifierOptions...)
	if err != nil {
		return nil, err
	}
	source := verijot.KeysAt(p.at("{origin}/keys"))
	for kind, place := range p.scenario.Source {
		switch kind {
		case "jwks_url":
			source = verijot.KeysAt(p.at(place.(string)))
		case "issuer":
			source = verijot.KeysOfIssuer(p.at(place.(string)))
		default:
			return nil, fmt.Errorf("unknown source %s", kind)
		}
	}
	return verijot.NewClientFor(context.Background(), source, verifier, options...)
}

func textsOf(value any) []string {
	var texts []string
	for _, text := range value.([]any) {
		texts = append(texts, text.(string))
	}
	return texts
}

// RoundTrip sends the requests of clients to the server.
func (p *keysPlayer) RoundTrip(request *http.Request) (*http.Response, error) {
	p.underWay.Add(1)
	defer p.underWay.Add(-1)
	if strings.HasSuffix(request.URL.Hostname(), ".example") {
		server, err := url.Parse(p.server.origin)
		if err != nil {
			return nil, err
		}
		request = request.Clone(request.Context())
		request.URL.Scheme, request.URL.Host = server.Scheme, server.Host
	} else if "http://"+request.URL.Host != p.server.origin {
		p.stray.Store("a request to " + request.URL.String())
		return nil, errors.New("stray")
	}
	return transport.RoundTrip(request)
}

var transport = &http.Transport{DisableKeepAlives: true, DisableCompression: true}

func (p *keysPlayer) answer(_ *server, request received) scripted {
	p.lock.Lock()
	defer p.lock.Unlock()
	if isMetadata(request.path) {
		m := p.metadata
		body, err := json.Marshal(map[string]string{"issuer": p.at(m.Issuer), "jwks_uri": p.at(m.JWKSURI)})
		if err != nil {
			panic(err)
		}
		return scripted{m.Status, p.headers(m.Headers, nil), bodyOf(m.Body, m.BodyBase64, body), m.Fault, m.Hold}
	}
	script, isOwn := p.keys[request.path]
	if !isOwn {
		script = p.keys[""]
	}
	headers := p.headers(script.Headers, script.Etag)
	isKnown := script.Etag != nil && request.header.Get("If-None-Match") == *script.Etag
	if isKnown || script.NotModified {
		return scripted{304, headers, nil, script.Fault, script.Hold}
	}
	names := append([]string(nil), script.Keys...)
	for number := range script.MoreKeys {
		names = append(names, fmt.Sprintf("more-%d", number+1))
	}
	jwks := p.jwks(names)
	if missing := script.PadOctets - len(jwks); missing > 0 {
		jwks += strings.Repeat(" ", missing)
	}
	body := bodyOf(script.Body, script.BodyBase64, []byte(jwks))
	return scripted{script.Status, headers, body, script.Fault, script.Hold}
}

func (p *keysPlayer) headers(given map[string]string, etag *string) map[string]string {
	headers := map[string]string{}
	for name, value := range given {
		headers[name] = p.at(value)
	}
	if etag != nil {
		headers["ETag"] = *etag
	}
	return headers
}

func (p *keysPlayer) jwks(names []string) string {
	keys := []string{}
	for _, name := range names {
		key := p.fixtures.Keys[name]
		if strings.HasPrefix(name, "more-") {
			var members map[string]any
			must(json.Unmarshal(p.fixtures.Keys["d"], &members))
			members["kid"] = name
			key, _ = json.Marshal(members)
		}
		keys = append(keys, string(key))
	}
	return `{"keys":[` + strings.Join(keys, ",") + `]}`
}

func (p *keysPlayer) at(text string) string {
	return strings.ReplaceAll(text, "{origin}", p.server.origin)
}

func bodyOf(text, encoded *string, otherwise []byte) []byte {
	switch {
	case encoded != nil:
		octets, err := base64.StdEncoding.DecodeString(*encoded)
		if err != nil {
			panic(err)
		}
		return octets
	case text != nil:
		return []byte(*text)
	}
	return otherwise
}

func isMetadata(path string) bool {
	return strings.Contains(path, "/.well-known/") && !strings.HasSuffix(path, "/jwks.json")
}

// outcome is how a call ended.
type outcome struct {
	ended      string
	retryAfter float64
}

func outcomeOf(err error, success string) outcome {
	var refused *verijot.Error
	switch {
	case err == nil:
		return outcome{ended: success}
	case errors.As(err, &refused):
		return outcome{string(refused.Code), math.Ceil(refused.RetryAfter.Seconds())}
	}
	return outcome{ended: err.Error()}
}

func compare(calls []chan outcome, expected string, retryAfter *float64) {
	for _, call := range calls {
		got := <-call
		expect("outcome", got.ended, expected)
		if retryAfter != nil {
			expect("retry after", got.retryAfter, *retryAfter)
		}
	}
}
