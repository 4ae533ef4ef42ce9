package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
)

type guardOf struct {
	Place              json.RawMessage `json:"place"`
	Optional           bool            `json:"optional"`
	Demand             json.RawMessage `json:"demand"`
	Realm              *string         `json:"realm"`
	ResourceMetadata   *string         `json:"resource_metadata"`
	Revocation         []string        `json:"revocation"`
	KeysUnavailableFor *float64        `json:"keys_unavailable_for"`
}

type answerOf struct {
	Status  int                `json:"status"`
	Subject *string            `json:"subject"`
	Code    *string            `json:"code"`
	Headers map[string]*string `json:"headers"`
	Body    *string            `json:"body"`
}

func TestScenariosOfGuards(t *testing.T) {
	scenariosOf(t, "guards", func(fixtures json.RawMessage, s scenario) error {
		for _, form := range []string{"document", "options", "guards"} {
			if err := step(func() { playGuard(fixtures, s, form) }); err != nil {
				return fmt.Errorf("%s: %w", form, err)
			}
		}
		return nil
	})
}

func playGuard(written json.RawMessage, s scenario, form string) {
	var fixtures struct {
		JWKS   json.RawMessage   `json:"jwks"`
		Tokens map[string]string `json:"tokens"`
	}
	must(strict(written, &fixtures))
	middlewares, err := middlewaresOf(clientOf(s, fixtures.JWKS), s, form)
	if err != nil {
		var setup *verijot.SetupError
		check(errors.As(err, &setup), "%v", err)
		expect("setup", string(setup.Code), s.SetupError)
		return
	}
	expect("setup", "", s.SetupError)
	var handler http.Handler = http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		var subject *string
		if token := verijot.FromContext(request.Context()); token != nil {
			name := token.Subject()
			subject = &name
		}
		body, _ := json.Marshal(map[string]*string{"subject": subject})
		_, _ = writer.Write(body)
	})
	for place := len(middlewares) - 1; place >= 0; place-- {
		handler = middlewares[place](handler)
	}
	service := httptest.NewServer(handler)
	defer service.Close()
	request, err := http.NewRequest(http.MethodGet, service.URL+"/subject", nil)
	must(err)
	for _, header := range s.Headers {
		value := token.ReplaceAllStringFunc(header[1], func(name string) string {
			raw, isKnown := fixtures.Tokens[token.FindStringSubmatch(name)[1]]
			check(isKnown, "unknown token %s", name)
			return raw
		})
		request.Header.Add(header[0], value)
	}
	response, err := service.Client().Do(request)
	must(err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	must(err)
	expect("status", response.StatusCode, s.Answer.Status)
	wanted := fmt.Sprintf(`{"subject":%s}`, textOf(s.Answer.Subject))
	if s.Answer.Body != nil {
		wanted = *s.Answer.Body
	}
	expect("body", string(body), wanted)
	if s.Answer.Code != nil {
		check(strings.Contains(string(body), *s.Answer.Code), "code")
	}
	for name, value := range s.Answer.Headers {
		wanted := []string{}
		if value != nil {
			wanted = append(wanted, comparable(*value, len(middlewares)))
		}
		got := []string{}
		for _, each := range response.Header.Values(name) {
			got = append(got, comparable(each, len(middlewares)))
		}
		expect(name, got, wanted)
	}
}

// comparable: the outer of two guards cannot name the scopes of the inner one.
func comparable(challenge string, guards int) string {
	if guards > 1 {
		return regexp.MustCompile(`, scope="[^"]*"`).ReplaceAllString(challenge, "")
	}
	return challenge
}

func textOf(subject *string) string {
	written, _ := json.Marshal(subject)
	return string(written)
}

var token = regexp.MustCompile(`\{token:([^}]*)\}`)

func middlewaresOf(client *verijot.Client, s scenario, form string) ([]func(http.Handler) http.Handler, error) {
	var shared []verijot.GuardOption
	if s.Guard.Realm != nil {
		shared = append(shared, verijot.Realm(*s.Guard.Realm))
	}
	if s.Guard.ResourceMetadata != nil {
		shared = append(shared, verijot.ResourceMetadata(*s.Guard.ResourceMetadata))
	}
	if s.Guard.Optional {
		shared = append(shared, verijot.OptionalToken())
	}
	if place := s.Guard.Place; place != nil && string(place) != `"authorization"` {
		var at struct {
			Header *string `json:"header"`
			Cookie *string `json:"cookie"`
		}
		must(strict(place, &at))
		if at.Header != nil {
			shared = append(shared, verijot.TokenInHeader(*at.Header))
		}
		if at.Cookie != nil {
			shared = append(shared, verijot.TokenInCookie(*at.Cookie))
		}
	}
	var each []json.RawMessage
	isList := json.Unmarshal(s.Guard.Demand, &each) == nil && s.Guard.Demand != nil
	guards := [][]verijot.GuardOption{nil}
	switch {
	case s.Guard.Demand == nil:
	case form == "guards" && isList && len(each) > 1 && s.Guard.Revocation == nil:
		guards = nil
		for _, demand := range each {
			guards = append(guards, []verijot.GuardOption{verijot.Demand(string(demand))})
		}
	case form == "options" && isList:
		guards[0] = nil
		for _, demand := range each {
			guards[0] = append(guards[0], optionsOf(demand)...)
		}
		if len(each) == 0 {
			guards[0] = []verijot.GuardOption{verijot.Demand("[]")}
		}
	case form == "options":
		guards[0] = optionsOf(s.Guard.Demand)
	default:
		guards[0] = []verijot.GuardOption{verijot.Demand(string(s.Guard.Demand))}
	}
	var middlewares []func(http.Handler) http.Handler
	for _, options := range guards {
		middleware, err := client.Guarded(append(append([]verijot.GuardOption(nil), shared...), options...)...)
		if err != nil {
			return nil, err
		}
		middlewares = append(middlewares, middleware)
	}
	return middlewares, nil
}

// optionsOf states a demand by options, where they can say it.
func optionsOf(demand json.RawMessage) []verijot.GuardOption {
	var members map[string]json.RawMessage
	document := []verijot.GuardOption{verijot.Demand(string(demand))}
	if json.Unmarshal(demand, &members) != nil || len(members) == 0 {
		return document
	}
	var options []verijot.GuardOption
	for name, value := range members {
		var scopes []string
		var roles struct {
			At    []string `json:"at"`
			Roles []string `json:"roles"`
		}
		isScopes, isRoles := json.Unmarshal(value, &scopes) == nil, strict(value, &roles) == nil
		switch {
		case name == "all_scopes" && isScopes:
			options = append(options, verijot.RequireScopes(scopes...))
		case name == "any_scope" && isScopes:
			options = append(options, verijot.RequireAnyScope(scopes...))
		case name == "all_roles" && isRoles:
			options = append(options, verijot.RequireRoles(roles.At, roles.Roles...))
		case name == "any_role" && isRoles:
			options = append(options, verijot.RequireAnyRole(roles.At, roles.Roles...))
		default:
			return document
		}
	}
	return options
}

func clientOf(s scenario, jwks json.RawMessage) *verijot.Client {
	if s.Guard.KeysUnavailableFor != nil {
		return clientWithoutKeys(*s.Guard.KeysUnavailableFor)
	}
	options := []verijot.VerifierOption{verijot.WithClock(func() time.Time { return start })}
	if s.Guard.Revocation != nil {
		options = append(options,
			verijot.WithRevocations(revocations(s.Guard.Revocation)), verijot.WithRevocationTimeout(200*time.Millisecond))
	}
	verifier, err := verijot.NewVerifier("https://issuer.example", "https://api.example", options...)
	must(err)
	keys, err := verijot.ParseJWKS(jwks)
	must(err)
	client, err := verijot.NewClientFor(context.Background(), verijot.FixedKeys(keys), verifier)
	must(err)
	return client
}

// clientWithoutKeys has failed to fetch keys a moment ago, and rests for that many seconds.
func clientWithoutKeys(seconds float64) *verijot.Client {
	refusing := httptest.NewServer(http.NotFoundHandler())
	refusing.Close()
	client, err := verijot.NewClient(context.Background(), refusing.URL, "https://api.example",
		verijot.WithClock(func() time.Time { return start }),
		verijot.WithMonotonicClock(func() time.Duration { return 1000 * time.Second }),
		verijot.WithShortestRest(spanOf(seconds)), verijot.WithLongestRest(spanOf(seconds)))
	must(err)
	check(errors.Is(client.Ready(context.Background()), verijot.ErrKeysUnavailable), "ready")
	return client
}

// revocations asks one check after the other.
type revocations []string

func (r revocations) Revoked(ctx context.Context, _ *verijot.Token) (bool, error) {
	for _, check := range r {
		switch check {
		case "clear":
		case "revoked":
			return true, nil
		case "unavailable":
			return false, errors.New("no answer")
		case "error":
			panic("a fault")
		case "slow":
			// It does not honour its context.
			time.Sleep(time.Second)
		default:
			return false, fmt.Errorf("unknown check %s", check)
		}
	}
	return false, nil
}
