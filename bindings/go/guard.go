package verijot

import (
	"encoding/json"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// guardRules are a guard of the core's: where the token is, what it must grant, the whole answer.
type guardRules struct {
	instance   *module.Instance
	number     int32
	since      module.Moment
	headerName string
	// How long a verified token stands for all guards of its request.
	sharedFor time.Duration
}

func newGuardRules(rules module.Options) (*guardRules, error) {
	guard := &guardRules{instance: module.Current()}
	var problem error
	err := guard.instance.Do(func() {
		place := guard.instance.Octets(rules.Octets())[0]
		if module.Status(guard.instance.Xverijot_guard(place.Address, place.Length)) != module.Done {
			problem = setupErrorOf(guard.instance.AnswerView())
			return
		}
		guard.number = guard.instance.Object(0)
		guard.sharedFor = seconds(guard.instance.Number(1))
		guard.headerName = guard.instance.Answer()
		guard.since = guard.instance.Changed()
	})
	if err == nil {
		err = problem
	}
	if err != nil {
		return nil, err
	}
	return guard, nil
}

func (g *guardRules) close() {
	_ = g.instance.Do(func() { g.instance.Xverijot_guard_drop(g.number) })
}

// madeAt is the moment from which on copies know the guard.
func (g *guardRules) madeAt() module.Moment { return g.since }

// token gives the token of a request; isThere is false if it has none and needs none.
func (g *guardRules) token(values []string) (raw string, isThere bool, err error) {
	var refused error
	err = g.instance.DoAnywhere(g.madeAt, func(instance *module.Instance) {
		place := instance.Octets(module.Entries(values...))[0]
		switch status := module.Status(instance.Xverijot_guard_token(
			g.number, place.Address, place.Length)); status {
		case module.Done:
			raw, isThere = instance.Answer(), true
		case module.Nothing:
		case module.Refused:
			refused = refusalOf(instance.AnswerView())
		default:
			refused = unexpected(instance, status)
		}
	})
	if err == nil {
		err = refused
	}
	return raw, isThere, err
}

// check says whether a verified token grants what is demanded at a time.
func (g *guardRules) check(token *Token, now time.Time) error {
	var refused error
	seconds, nanoseconds := instant(now)
	err := g.instance.DoAnywhere(g.madeAt, func(instance *module.Instance) {
		address, length := instance.Text(token.texts[textPayload])
		switch status := module.Status(instance.Xverijot_guard_check(
			g.number, address, length, seconds, nanoseconds)); status {
		case module.Done:
		case module.Refused:
			refused = refusalOf(instance.AnswerView())
		default:
			refused = unexpected(instance, status)
		}
	})
	if err == nil {
		err = refused
	}
	return err
}

// guardAnswer is the whole answer to a request that is refused.
type guardAnswer struct {
	Status             int               `json:"status"`
	Headers            map[string]string `json:"headers"`
	Body               string            `json:"body"`
	WebSocketCloseCode int               `json:"websocket_close_code"`
}

func (a guardAnswer) header(name string) string {
	for each, value := range a.Headers {
		if strings.EqualFold(each, name) {
			return value
		}
	}
	return ""
}

func (g *guardRules) answer(refused *Error) guardAnswer {
	var answer guardAnswer
	_ = g.instance.DoAnywhere(g.madeAt, func(instance *module.Instance) {
		place := instance.Octets(refused.refusalOptions().Octets())[0]
		instance.Xverijot_guard_answer(g.number, place.Address, place.Length)
		_ = json.Unmarshal(instance.AnswerView(), &answer)
	})
	return answer
}

// A Guard decides about requests: where the token is, what it must grant, the whole answer to a request that
// is refused. [Client.Middleware] carries it out for net/http.
type Guard struct {
	*guardRules
	header string
}

// A GuardOption changes what a guard demands, or where the token is.
type GuardOption func(*guardSettings)

type guardSettings struct {
	demands []string
	rules   module.Options
}

// RequireScopes demands each of these scopes. Demands add up.
func RequireScopes(scopes ...string) GuardOption {
	return demand(map[string]any{"all_scopes": list(scopes)})
}

// RequireAnyScope demands at least one of these scopes. Demands add up.
func RequireAnyScope(scopes ...string) GuardOption {
	return demand(map[string]any{"any_scope": list(scopes)})
}

// RequireRoles demands each of these roles, in the claim whose names are given from the outermost inwards.
// Demands add up.
func RequireRoles(path []string, roles ...string) GuardOption {
	return demand(map[string]any{"all_roles": map[string]any{"at": list(path), "roles": list(roles)}})
}

// RequireAnyRole demands at least one of these roles, as [RequireRoles] does. Demands add up.
func RequireAnyRole(path []string, roles ...string) GuardOption {
	return demand(map[string]any{"any_role": map[string]any{"at": list(path), "roles": list(roles)}})
}

// Demand demands what a document says, which is that of the other languages. Demands add up.
func Demand(document string) GuardOption {
	return func(s *guardSettings) { s.demands = append(s.demands, document) }
}

// TokenInHeader reads a header that holds the token alone, in place of Authorization: Bearer.
func TokenInHeader(name string) GuardOption {
	return func(s *guardSettings) { s.rules.Text("header", name) }
}

// TokenInCookie reads a cookie, in place of Authorization: Bearer.
func TokenInCookie(name string) GuardOption {
	return func(s *guardSettings) { s.rules.Text("cookie", name) }
}

// OptionalToken lets requests without any token in; not together with a demand.
func OptionalToken() GuardOption {
	return func(s *guardSettings) { s.rules.Is("optional", true) }
}

// Realm is the protected space, for challenges (RFC 9110 §11.5).
func Realm(realm string) GuardOption {
	return func(s *guardSettings) { s.rules.Text("realm", realm) }
}

// ResourceMetadata is the URL of the protected resource's metadata, for challenges (RFC 9728 §5.1); see
// [ResourceMetadataURL].
func ResourceMetadata(url string) GuardOption {
	return func(s *guardSettings) { s.rules.Text("resource_metadata", url) }
}

// ResourceMetadataURL gives the URL of the metadata of a protected resource (RFC 9728 §3.1):
// /.well-known/oauth-protected-resource comes between the host and the path of the resource. The error is a
// [*SetupError] if the resource is not an absolute URL with https, or with http on this machine.
func ResourceMetadataURL(resource string) (string, error) {
	var url string
	var problem error
	instance := module.Current()
	err := instance.Do(func() {
		address, length := instance.Text(resource)
		if module.Status(instance.Xverijot_resource_metadata_url(address, length)) != module.Done {
			problem = setupErrorOf(instance.AnswerView())
			return
		}
		url = instance.Answer()
	})
	if err == nil {
		err = problem
	}
	return url, err
}

// NewGuard makes a guard. The error is a [*SetupError].
func NewGuard(options ...GuardOption) (*Guard, error) {
	var settings guardSettings
	for _, option := range options {
		option(&settings)
	}
	switch len(settings.demands) {
	case 0:
	case 1:
		settings.rules.Text("demand", settings.demands[0])
	default:
		settings.rules.Text("demand", "["+strings.Join(settings.demands, ",")+"]")
	}
	rules, err := newGuardRules(settings.rules)
	if err != nil {
		return nil, err
	}
	guard := &Guard{rules, http.CanonicalHeaderKey(rules.headerName)}
	runtime.AddCleanup(guard, func(rules *guardRules) { rules.close() }, rules)
	return guard, nil
}

// HeaderName is the name of the header to read.
func (g *Guard) HeaderName() string { return g.header }

// Token gives the token of a request, not yet verified, of the values of every line of the header
// [Guard.HeaderName]. isThere is false only if the guard is optional and there is none. The error is an
// [*Error].
func (g *Guard) Token(values ...string) (raw string, isThere bool, err error) {
	defer runtime.KeepAlive(g)
	return g.token(values)
}

// Check says whether a verified token grants what the guard demands. The error is an [*Error].
func (g *Guard) Check(token *Token) error { return g.CheckAt(token, time.Now()) }

// CheckAt is [Guard.Check] at another time than now: that by which the token was verified.
func (g *Guard) CheckAt(token *Token, now time.Time) error {
	defer runtime.KeepAlive(g)
	return g.check(token, now)
}

// An Answer is the whole answer to a request that is refused.
type Answer struct {
	// Status is 401, 403 or 503.
	Status int
	// Header are the fields of the answer.
	Header http.Header
	// Body is JSON that names the code.
	Body string
	// WebSocketCloseCode is what a WebSocket is closed with.
	WebSocketCloseCode int
}

// Answer gives the whole answer to a request that is refused for this error.
func (g *Guard) Answer(refused *Error) Answer {
	defer runtime.KeepAlive(g)
	answered := g.answer(refused)
	answer := Answer{answered.Status, http.Header{}, answered.Body, answered.WebSocketCloseCode}
	for name, value := range answered.Headers {
		answer.Header.Set(name, value)
	}
	return answer
}

func demand(members map[string]any) GuardOption {
	document, err := json.Marshal(members)
	if err != nil {
		// Strings can always be written.
		document = nil
	}
	return Demand(string(document))
}
