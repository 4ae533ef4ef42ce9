package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/session"
)

func TestScenariosOfSessions(t *testing.T) {
	scenariosOf(t, "sessions", func(_ json.RawMessage, s scenario) error {
		player := &sessionsPlayer{scenario: s, started: map[string][]sending{}, storage: "writable"}
		return player.play()
	})
}

type sessionsPlayer struct {
	scenario scenario
	server   *server
	clocks   clocks
	session  *session.Session
	client   *http.Client
	started  map[string][]sending
	number   int
	underWay atomic.Int32

	lock     sync.Mutex
	endpoint endpointAnswer
	api      apiAnswer
	storage  string
	kept     *session.Tokens
	stored   *pair
}

type pair struct {
	Access  string  `json:"access"`
	Refresh *string `json:"refresh"`
}

type endpointAnswer struct {
	Status     int               `json:"status"`
	Headers    map[string]string `json:"headers"`
	Access     json.RawMessage   `json:"access"`
	Refresh    json.RawMessage   `json:"refresh"`
	ExpiresIn  json.RawMessage   `json:"expires_in"`
	Error      json.RawMessage   `json:"error"`
	Body       *string           `json:"body"`
	BodyBase64 *string           `json:"body_base64"`
	Fault      string            `json:"fault"`
	Hold       bool              `json:"hold"`
}

type apiAnswer struct {
	Accepts []string `json:"accepts"`
	Status  int      `json:"status"`
}

type issued struct {
	Access    string   `json:"access"`
	Refresh   string   `json:"refresh"`
	ExpiresIn *float64 `json:"expires_in"`
	Age       float64  `json:"age"`
}

func (i issued) tokens() session.Tokens {
	tokens := session.Tokens{AccessToken: i.Access, RefreshToken: i.Refresh}
	if i.ExpiresIn != nil {
		span := spanOf(*i.ExpiresIn)
		tokens.ExpiresIn = &span
	}
	return tokens
}

type expected struct {
	URL        *string  `json:"url"`
	Status     int      `json:"status"`
	Error      string   `json:"error"`
	RetryAfter *float64 `json:"retry_after"`
	Sent       []string `json:"sent"`
	Times      *int     `json:"times"`
	As         *string  `json:"as"`
}

type sending struct {
	number string
	answer chan answered
}

type answered struct {
	status     int
	problem    string
	retryAfter float64
}

func (p *sessionsPlayer) play() error {
	p.endpoint.Status = 200
	p.server = newServer(p.answer)
	defer p.server.close()
	grant, err := session.RefreshWith(session.Endpoint{
		URL: p.server.origin + "/token", ClientID: "client", HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		return err
	}
	options := []session.Option{
		session.WithKeeper(p), session.WithClocks(p.clocks.now, p.clocks.monotonic),
	}
	for name, value := range p.scenario.Settings {
		option := map[string]func(time.Duration) session.Option{
			"skew": session.WithSkew, "unauthorized_rest": session.WithUnauthorizedRest,
			"shortest_rest": session.WithShortestRest, "longest_rest": session.WithLongestRest,
			"refresh_timeout": session.WithRefreshTimeout,
		}[name]
		if option == nil {
			return fmt.Errorf("unknown setting %s", name)
		}
		options = append(options, option(spanOf(value.(float64))))
	}
	p.session, err = session.New(func(ctx context.Context, token string, most int) (session.Tokens, error) {
		p.underWay.Add(1)
		defer p.underWay.Add(-1)
		return grant(ctx, token, most)
	}, options...)
	if err != nil {
		return err
	}
	p.client = p.session.Client(&http.Client{Transport: transport})
	for number, one := range p.scenario.Steps {
		if err := step(func() { p.step(one); p.settle() }); err != nil {
			written, _ := json.Marshal(one)
			return fmt.Errorf("step %d %.300s: %w", number+1, written, err)
		}
	}
	if len(p.started) > 0 {
		return errors.New("not joined")
	}
	return nil
}

func (p *sessionsPlayer) step(one map[string]json.RawMessage) {
	if value := one["at"]; value != nil {
		var at float64
		must(strict(value, &at))
		p.clocks.set(at, 0)
	}
	actions := 0
	for action, value := range one {
		if action != "at" {
			actions++
			p.act(action, value)
		}
	}
	check(actions == 1, "not one action")
}

func (p *sessionsPlayer) act(action string, value json.RawMessage) {
	ctx := context.Background()
	switch action {
	case "sign_in":
		var given issued
		must(strict(value, &given))
		must(p.session.SignIn(ctx, given.tokens()))
	case "resume":
		var given issued
		must(strict(value, &given))
		tokens := given.tokens()
		tokens.IssuedAt = p.clocks.now().Add(-spanOf(given.Age))
		p.keep(tokens)
		p.session.Reload(ctx)
	case "sign_out":
		p.session.SignOut(ctx)
	case "endpoint":
		answer := endpointAnswer{Status: 200}
		must(strict(value, &answer))
		p.lock.Lock()
		defer p.lock.Unlock()
		p.endpoint = answer
	case "api":
		var answer apiAnswer
		must(strict(value, &answer))
		p.lock.Lock()
		defer p.lock.Unlock()
		p.api = answer
	case "storage":
		var storage string
		must(strict(value, &storage))
		check(storage == "writable" || storage == "read_only" || storage == "broken", "storage")
		p.lock.Lock()
		defer p.lock.Unlock()
		p.storage = storage
	case "request":
		p.request(value)
	case "join":
		var join expected
		must(strict(value, &join))
		started, isStarted := p.started[*join.As]
		check(isStarted, "nothing was started as %s", *join.As)
		delete(p.started, *join.As)
		p.check(started, join)
	case "release":
		p.server.release()
	case "asleep":
		var seconds float64
		must(strict(value, &seconds))
		p.clocks.set(p.clocks.wall+seconds, seconds)
	case "refreshes":
		var count int
		must(strict(value, &count))
		eventually(action, func() any { return len(p.refreshes()) }, count)
	case "refresh_token_sent":
		var token string
		must(strict(value, &token))
		eventually(action, func() any {
			refreshes := p.refreshes()
			if len(refreshes) == 0 {
				return nil
			}
			form, err := url.ParseQuery(refreshes[len(refreshes)-1].body)
			must(err)
			return form["refresh_token"]
		}, []string{token})
	case "stored":
		var wanted *pair
		must(strict(value, &wanted))
		eventually(action, func() any {
			p.lock.Lock()
			defer p.lock.Unlock()
			return reflect.DeepEqual(p.stored, wanted)
		}, true)
	case "health":
		var members map[string]any
		must(json.Unmarshal(value, &members))
		for member, wanted := range members {
			if member == "signed_in" {
				member = "is_signed_in"
			}
			eventually(member, func() any {
				written, err := json.Marshal(p.session.Health(ctx))
				must(err)
				var read map[string]any
				must(json.Unmarshal(written, &read))
				return read[member]
			}, wanted)
		}
	default:
		check(false, "unknown action %s", action)
	}
}

func (p *sessionsPlayer) request(value json.RawMessage) {
	var wanted expected
	must(strict(value, &wanted))
	to, times := p.server.origin+"/api", 1
	if wanted.URL != nil {
		to = *wanted.URL
	}
	if wanted.Times != nil {
		times = *wanted.Times
	}
	var started []sending
	for range times {
		p.number++
		one := sending{strconv.Itoa(p.number), make(chan answered, 1)}
		started = append(started, one)
		go func() { one.answer <- p.send(to, one.number) }()
	}
	if wanted.As == nil {
		p.check(started, wanted)
		return
	}
	p.started[*wanted.As] = started
	time.Sleep(50 * time.Millisecond)
}

func (p *sessionsPlayer) send(to, number string) answered {
	request, err := http.NewRequest(http.MethodGet, to, nil)
	if err != nil {
		return answered{problem: err.Error()}
	}
	request.Header.Set("X-Request", number)
	response, err := p.client.Do(request)
	var missing *verijot.AccessTokenError
	switch {
	case err == nil:
		_ = response.Body.Close()
		return answered{status: response.StatusCode}
	case errors.As(err, &missing):
		problem := string(missing.Code)
		if problem == "refresh_unavailable" {
			problem = "unavailable"
		}
		return answered{problem: problem, retryAfter: missing.RetryAfter.Seconds()}
	}
	return answered{problem: "no_answer"}
}

func (p *sessionsPlayer) check(started []sending, wanted expected) {
	for _, one := range started {
		got := <-one.answer
		expect("answer", []any{got.status, got.problem}, []any{wanted.Status, wanted.Error})
		if wanted.RetryAfter != nil {
			expect("retry after", got.retryAfter, *wanted.RetryAfter)
		}
		sent := []string{}
		for _, request := range p.server.seen() {
			if request.header.Get("X-Request") == one.number {
				sent = append(sent, bearer(request))
			}
		}
		expect("sent", sent, append([]string{}, wanted.Sent...))
	}
}

func (p *sessionsPlayer) refreshes() (found []received) {
	for _, request := range p.server.seen() {
		if request.path == "/token" {
			found = append(found, request)
		}
	}
	return found
}

func (p *sessionsPlayer) answer(s *server, request received) scripted {
	p.lock.Lock()
	defer p.lock.Unlock()
	if request.path == "/api" {
		for _, accepted := range p.api.Accepts {
			if accepted == bearer(request) {
				return scripted{status: max(p.api.Status, 200)}
			}
		}
		return scripted{status: 401}
	}
	e := p.endpoint
	document := map[string]json.RawMessage{}
	for name, value := range map[string]json.RawMessage{
		"access_token": e.Access, "refresh_token": e.Refresh, "expires_in": e.ExpiresIn, "error": e.Error,
	} {
		if value != nil {
			document[name] = value
		}
	}
	if e.Access != nil {
		document["token_type"] = json.RawMessage(`"Bearer"`)
	}
	written, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	headers := map[string]string{}
	for name, value := range e.Headers {
		headers[name] = strings.ReplaceAll(value, "{origin}", s.origin)
	}
	return scripted{e.Status, headers, bodyOf(e.Body, e.BodyBase64, written), e.Fault, e.Hold}
}

func (p *sessionsPlayer) settle() {
	for calm := 0; calm < 3; {
		time.Sleep(2 * time.Millisecond)
		held, refreshing := p.server.heldCount(), 0
		if p.session.Health(context.Background()).IsRefreshing {
			refreshing = 1
		}
		if refreshing <= held && int(p.underWay.Load()) <= held {
			calm++
		} else {
			calm = 0
		}
	}
}

// Load, Store, Remove and CanStore make the player the keeper.
func (p *sessionsPlayer) Load(context.Context) (*session.Tokens, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.kept, nil
}

func (p *sessionsPlayer) Store(_ context.Context, tokens session.Tokens) error {
	p.lock.Lock()
	isBroken := p.storage == "broken"
	p.lock.Unlock()
	if isBroken {
		return errors.New("the disk is full")
	}
	p.keep(tokens)
	return nil
}

func (p *sessionsPlayer) keep(tokens session.Tokens) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.kept = &tokens
	p.stored = &pair{Access: tokens.AccessToken}
	if tokens.RefreshToken != "" {
		p.stored.Refresh = &tokens.RefreshToken
	}
}

func (p *sessionsPlayer) Remove(context.Context) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.kept = nil
	return nil
}

func (p *sessionsPlayer) CanStore() bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.storage != "read_only"
}

func bearer(request received) string {
	return strings.TrimPrefix(request.header.Get("Authorization"), "Bearer ")
}
