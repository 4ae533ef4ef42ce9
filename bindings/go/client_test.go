package verijot_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

// hand has clocks that are set by hand.
type hand struct{ nanoseconds atomic.Int64 }

func (h *hand) advance(span time.Duration) { h.nanoseconds.Add(int64(span)) }
func (h *hand) elapsed() time.Duration     { return time.Hour + time.Duration(h.nanoseconds.Load()) }
func (h *hand) now() time.Time             { return began.Add(time.Duration(h.nanoseconds.Load())) }

var began = time.Now()

func (h *hand) options() []verijot.ClientOption {
	return []verijot.ClientOption{verijot.WithClock(h.now), verijot.WithMonotonicClock(h.elapsed)}
}

func clientOf(t testing.TB, issuer *verijottest.Issuer, options ...verijot.ClientOption) *verijot.Client {
	t.Helper()
	client, err := verijot.NewClient(context.Background(), issuer.URL, audience, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func issuerOf(t testing.TB) *verijottest.Issuer {
	t.Helper()
	issuer := verijottest.NewIssuer()
	t.Cleanup(issuer.Close)
	return issuer
}

// long outlives every test's clock.
func long() map[string]any { return map[string]any{"exp": time.Now().Add(1000 * time.Hour).Unix()} }

func TestARequestThatIsCancelledHarmsNobody(t *testing.T) {
	// Elsewhere the refresh ran with the context of the request that caused it (go-oidc#294).
	issuer := issuerOf(t)
	client := clientOf(t, issuer)
	raw := issuer.Mint(audience, nil)
	reached, release := make(chan struct{}), make(chan struct{})
	issuer.AnswerWith(func(writer http.ResponseWriter, request *http.Request) {
		if request.URL.Path == "/keys" {
			close(reached)
			<-release
			_, _ = writer.Write(issuer.JWKS())
			return
		}
		fmt.Fprintf(writer, `{"issuer":%q,"jwks_uri":%q}`, issuer.URL, issuer.URL+"/keys")
	})
	ctx, cancel := context.WithCancel(context.Background())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := client.Verify(ctx, raw); first <- err }()
	<-reached
	go func() { _, err := client.Verify(context.Background(), raw); second <- err }()
	cancel()
	if err := <-first; !errors.Is(err, verijot.ErrKeysUnavailable) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Error(err)
	}
	if client.Health().Failures != 0 || issuer.Requests() != 1 {
		t.Error(client.Health(), issuer.Requests())
	}
}

func TestTheContextOfNewClientEndsNothing(t *testing.T) {
	issuer := issuerOf(t)
	ctx, cancel := context.WithCancel(context.Background())
	client, err := verijot.NewClient(ctx, issuer.URL, audience)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	cancel()
	if _, err := client.Verify(context.Background(), issuer.Mint(audience, nil)); err != nil {
		t.Error(err)
	}
}

func TestUnknownKidsCauseFewFetches(t *testing.T) {
	// Elsewhere each unknown kid is a request (go-oidc#482).
	issuer := issuerOf(t)
	client := clientOf(t, issuer)
	if err := client.Ready(context.Background()); err != nil {
		t.Fatal(err)
	}
	for number := range 500 {
		forged := verijottest.NewKey("EdDSA")
		forged.ID = fmt.Sprint("forged-", number)
		if _, err := client.Verify(context.Background(), forged.Mint(issuer.URL, audience, nil)); !errors.Is(err, verijot.GroupInvalidToken) && !errors.Is(err, verijot.ErrKeysUnavailable) {
			t.Fatal(err)
		}
	}
	if requests := issuer.Requests(); requests > 3 {
		t.Errorf("%d requests", requests)
	}
}

func TestAClientRecoversFromManyFailures(t *testing.T) {
	// Elsewhere a cache sticks after failed refreshes (jwx#1551).
	issuer, clock := issuerOf(t), new(hand)
	client := clientOf(t, issuer, clock.options()...)
	raw := issuer.Mint(audience, long())
	issuer.AnswerWith(func(writer http.ResponseWriter, _ *http.Request) { writer.WriteHeader(http.StatusBadGateway) })
	for range 20 {
		_, err := client.Verify(context.Background(), raw)
		var refused *verijot.Error
		if !errors.As(err, &refused) || refused.HTTPStatus() != 503 || refused.RetryAfter <= 0 {
			t.Fatal(err)
		}
		clock.advance(refused.RetryAfter + time.Second)
	}
	issuer.AnswerWith(nil)
	clock.advance(2 * time.Minute)
	if _, err := client.Verify(context.Background(), raw); err != nil {
		t.Error(err)
	}
}

func TestARemovedKeyVerifiesNoLongerThanItsLifetime(t *testing.T) {
	// Elsewhere removed keys go on verifying (jwkset#40).
	issuer, clock := issuerOf(t), new(hand)
	client := clientOf(t, issuer, clock.options()...)
	raw := issuer.Mint(audience, long())
	if _, err := client.Verify(context.Background(), raw); err != nil {
		t.Fatal(err)
	}
	issuer.Rotate("ES256")
	clock.advance(21 * time.Minute)
	if _, err := client.Verify(context.Background(), raw); !errors.Is(err, verijot.ErrUnknownKey) {
		t.Error(err)
	}
}

func TestStaleKeysHaveAnEnd(t *testing.T) {
	// Elsewhere keys are used without a bound while the issuer is gone (mecatl#449).
	issuer, clock := issuerOf(t), new(hand)
	client := clientOf(t, issuer, clock.options()...)
	raw := issuer.Mint(audience, long())
	if _, err := client.Verify(context.Background(), raw); err != nil {
		t.Fatal(err)
	}
	issuer.AnswerWith(func(writer http.ResponseWriter, _ *http.Request) { writer.WriteHeader(http.StatusBadGateway) })
	clock.advance(12 * time.Hour)
	if _, err := client.Verify(context.Background(), raw); err != nil {
		t.Error("keys are not used in an outage:", err)
	}
	clock.advance(36 * time.Hour)
	if _, err := client.Verify(context.Background(), raw); !errors.Is(err, verijot.ErrKeysUnavailable) {
		t.Error(err)
	}
}

func TestCacheControlCountsWhateverElseIsInIt(t *testing.T) {
	issuer, clock := issuerOf(t), new(hand)
	client := clientOf(t, issuer, clock.options()...)
	raw := issuer.Mint(audience, long())
	if _, err := client.Verify(context.Background(), raw); err != nil {
		t.Fatal(err)
	}
	issuer.AnswerWith(func(writer http.ResponseWriter, request *http.Request) {
		if request.URL.Path != "/keys" {
			_, _ = fmt.Fprintf(writer, `{"issuer": %q, "jwks_uri": "%s/keys"}`, issuer.URL, issuer.URL)
			return
		}
		writer.Header().Set("Cache-Control", "max-age=100, must-revalidate, note=\"\xe4\"")
		writer.Header().Set("ETag", "\"\xe4\"")
		_, _ = writer.Write(issuer.JWKS())
	})
	clock.advance(2 * time.Second)
	if err := client.RefreshNow(context.Background()); err != nil {
		t.Fatal(err)
	}
	issuer.AnswerWith(func(writer http.ResponseWriter, _ *http.Request) { writer.WriteHeader(http.StatusBadGateway) })
	clock.advance(101 * time.Second)
	if _, err := client.Verify(context.Background(), raw); !errors.Is(err, verijot.ErrKeysUnavailable) {
		t.Error(err)
	}
}

func TestTheAudienceIsNeverSkipped(t *testing.T) {
	// Elsewhere an empty expectation skips the check (go-spiffe#407).
	if _, err := verijot.NewClient(context.Background(), issuer, ""); !errors.Is(err, verijot.ErrInvalidPolicy) {
		t.Error(err)
	}
	at := issuerOf(t)
	if _, err := clientOf(t, at).Verify(context.Background(), at.Mint("https://other.example", nil)); !errors.Is(err, verijot.ErrWrongAudience) {
		t.Error(err)
	}
	if _, err := clientOf(t, at).Verify(context.Background(), at.Mint("", map[string]any{"aud": nil})); !errors.Is(err, verijot.ErrMissingClaim) {
		t.Error(err)
	}
}

func TestTheSkewCanBeSet(t *testing.T) {
	// Elsewhere it cannot (go-oidc#326).
	at := issuerOf(t)
	raw := at.Mint(audience, map[string]any{"exp": time.Now().Unix() - 60})
	if _, err := clientOf(t, at).Verify(context.Background(), raw); !errors.Is(err, verijot.ErrExpired) {
		t.Error(err)
	}
	if _, err := clientOf(t, at, verijot.WithLeeway(2*time.Minute)).Verify(context.Background(), raw); err != nil {
		t.Error(err)
	}
}

func TestARotationIsNoticedAtTheFirstToken(t *testing.T) {
	issuer := issuerOf(t)
	client := clientOf(t, issuer)
	for _, algorithm := range []string{"ES256", "RS256"} {
		if _, err := client.Verify(context.Background(), issuer.Mint(audience, nil)); err != nil {
			t.Error(algorithm, err)
		}
		issuer.Rotate(algorithm)
	}
}

func TestAnswersThatAreNoAnswers(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"a redirect": func(writer http.ResponseWriter, request *http.Request) {
			http.Redirect(writer, request, "http://127.0.0.1:1/keys", http.StatusFound)
		},
		"endless": func(writer http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := writer.Write(bytes.Repeat([]byte(" "), 8192)); err != nil {
					return
				}
			}
		},
		"compressed": func(writer http.ResponseWriter, _ *http.Request) {
			writer.Header().Set("Content-Encoding", "gzip")
			compressor := gzip.NewWriter(writer)
			_, _ = compressor.Write([]byte(`{"keys":[]}`))
			_ = compressor.Close()
		},
		"large headers": func(writer http.ResponseWriter, _ *http.Request) {
			writer.Header().Set("X-Large", strings.Repeat("x", 200_000))
		},
		"silence": func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(handler)
			defer func() {
				server.CloseClientConnections()
				server.Close()
			}()
			client, err := verijot.NewClientFor(context.Background(), verijot.KeysAt(server.URL+"/keys"), verifierOf(t), verijot.WithFetchTimeout(300*time.Millisecond))
			if err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			if err := client.Ready(context.Background()); !errors.Is(err, verijot.ErrKeysUnavailable) {
				t.Error(err)
			}
			if health := client.Health(); time.Since(begun) > 2*time.Second || health.Failures != 1 || health.LastFailure == "" {
				t.Error(time.Since(begun), health)
			}
		})
	}
}

func TestKeysAreCarriedElsewhere(t *testing.T) {
	at := issuerOf(t)
	first := clientOf(t, at)
	raw := at.Mint(audience, nil)
	if _, err := first.Verify(context.Background(), raw); err != nil {
		t.Fatal(err)
	}
	snapshot, isThere := first.Export()
	if !isThere {
		t.Fatal("nothing to export")
	}
	at.AnswerWith(func(writer http.ResponseWriter, _ *http.Request) { writer.WriteHeader(http.StatusBadGateway) })
	if _, err := clientOf(t, at, verijot.WithSeed(snapshot)).Verify(context.Background(), raw); err != nil {
		t.Error(err)
	}
	snapshot.SHA256 = strings.Repeat("0", 64)
	if _, err := verijot.NewClient(context.Background(), at.URL, audience, verijot.WithSeed(snapshot)); !errors.Is(err, verijot.GroupInvalidJWKS) {
		t.Error(err)
	}
}

func TestAClosedClientWaitsForNothing(t *testing.T) {
	at := issuerOf(t)
	at.AnswerWith(func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() })
	client := clientOf(t, at)
	ended := make(chan error, 2)
	for range 2 {
		go func() { _, err := client.Verify(context.Background(), at.Mint(audience, nil)); ended <- err }()
	}
	time.Sleep(50 * time.Millisecond)
	client.Close()
	client.Close()
	for range 2 {
		select {
		case err := <-ended:
			if !errors.Is(err, verijot.ErrKeysUnavailable) {
				t.Error(err)
			}
		case <-time.After(time.Second):
			t.Fatal("a call still waits")
		}
	}
}

func TestLogsHoldNoSecret(t *testing.T) {
	at := issuerOf(t)
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client := clientOf(t, at, verijot.WithLogger(logger))
	raw := at.Mint(audience, map[string]any{"sub": "a person"})
	token, err := client.Verify(context.Background(), raw)
	if err != nil {
		t.Fatal(err)
	}
	logger.Info("a mistake", "token", token)
	_, err = client.Verify(context.Background(), raw+"A")
	logger.Info("refused", "error", err)
	written := log.String()
	for _, secret := range []string{raw, raw[len(raw)-20:], "a person"} {
		if strings.Contains(written, secret) {
			t.Errorf("the log holds %q: %s", secret, written)
		}
	}
	if !strings.Contains(written, "keys were fetched") {
		t.Error(written)
	}
}

func TestSeveralIssuers(t *testing.T) {
	one, two, three := issuerOf(t), issuerOf(t), issuerOf(t)
	client, err := verijot.NewMultiIssuerClient(clientOf(t, one), clientOf(t, two))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Ready(context.Background()); err != nil {
		t.Error(err)
	}
	for _, issuer := range []*verijottest.Issuer{one, two} {
		if _, err := client.Verify(context.Background(), issuer.Mint(audience, nil)); err != nil {
			t.Error(err)
		}
	}
	if _, err := client.Verify(context.Background(), three.Mint(audience, nil)); !errors.Is(err, verijot.ErrWrongIssuer) {
		t.Error(err)
	}
	if _, err := client.Verify(context.Background(), two.Key().Mint(one.URL, audience, nil)); !errors.Is(err, verijot.GroupInvalidToken) {
		t.Error(err)
	}
}

func TestMiddlewareAnswersForTheService(t *testing.T) {
	at := issuerOf(t)
	client := clientOf(t, at)
	asked := 0
	guarded, err := client.Guarded(verijot.RequireScopes("notes:read"), verijot.RequireRoles([]string{"roles"}, "editor"))
	if err != nil {
		t.Fatal(err)
	}
	handler := client.Middleware(guarded(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		asked++
		_, _ = io.WriteString(writer, verijot.FromContext(request.Context()).Subject())
	})))
	for raw, status := range map[string]int{
		"": 401, "no.token.": 401, at.Mint(audience, nil): 403, at.Mint(audience, map[string]any{"scope": "notes:read"}): 403,
		at.Mint(audience, map[string]any{"scope": "notes:read", "roles": []string{"editor"}}): 200,
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		if raw != "" {
			request.Header.Set("Authorization", "Bearer "+raw)
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		if recorder.Code != status {
			t.Errorf("%d instead of %d: %s", recorder.Code, status, recorder.Body)
		}
		if challenge := recorder.Header().Get("WWW-Authenticate"); (challenge == "") != (status == 200) {
			t.Error(challenge)
		}
	}
	if asked != 1 || verijot.FromContext(context.Background()) != nil {
		t.Error(asked)
	}
	if _, err := client.Guarded(verijot.RequireScopes()); !errors.Is(err, verijot.ErrInvalidDemand) {
		t.Error(err)
	}
}

func TestAHundredGoroutinesThroughRotationsAndOutages(t *testing.T) {
	at := issuerOf(t)
	client := clientOf(t, at, verijot.WithUnknownWindow(0), verijot.WithShortestRest(time.Millisecond), verijot.WithLongestRest(time.Millisecond))
	if err := client.Ready(context.Background()); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var accepted, wrong atomic.Int64
	var group sync.WaitGroup
	for range 100 {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				// Each third token is forged, and none of them may ever be accepted.
				raw, isForged := at.Mint(audience, nil), time.Now().UnixNano()%3 == 0
				if isForged {
					raw = raw[:len(raw)-8] + "AAAAAAAA"
				}
				_, err := client.Verify(context.Background(), raw)
				switch {
				case err == nil && !isForged:
					accepted.Add(1)
				case err == nil, !isForged && !errors.Is(err, verijot.ErrUnknownKey) && !errors.Is(err, verijot.GroupUnavailable):
					wrong.Add(1)
					t.Error(isForged, err)
				}
			}
		}()
	}
	for round := range 10 {
		// On a busy machine a round takes longer.
		wanted, deadline := accepted.Load()+10, time.Now().Add(10*time.Second)
		for accepted.Load() < wanted && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(50 * time.Millisecond)
		if round%3 == 2 {
			at.AnswerWith(func(writer http.ResponseWriter, _ *http.Request) { writer.WriteHeader(http.StatusBadGateway) })
			time.Sleep(50 * time.Millisecond)
			at.AnswerWith(nil)
		}
		at.Rotate([]string{"EdDSA", "ES256"}[round%2])
		client.Health()
	}
	close(stop)
	group.Wait()
	if accepted.Load() < 100 {
		t.Errorf("only %d were accepted", accepted.Load())
	}
	before := accepted.Load()
	deadline := time.Now().Add(5 * time.Second)
	for {
		if _, err := client.Verify(context.Background(), at.Mint(audience, nil)); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatal("the client does not recover: ", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Log(before, "accepted,", wrong.Load(), "wrong,", at.Requests(), "requests")
}

func TestNoGoroutineIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		at := verijottest.NewIssuer()
		client, err := verijot.NewClient(context.Background(), at.URL, audience)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Verify(context.Background(), at.Mint(audience, nil)); err != nil {
			t.Error(err)
		}
		client.Close()
		at.Close()
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before+5 {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines instead of %d", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestNoConnectionIsLeftBehind(t *testing.T) {
	// The issuer outlives the clients, unlike above.
	at := verijottest.NewIssuer()
	defer at.Close()
	before := runtime.NumGoroutine()
	for range 20 {
		client, err := verijot.NewClient(context.Background(), at.URL, audience)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Ready(context.Background()); err != nil {
			t.Error(err)
		}
		client.Close()
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before+5 {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines instead of %d", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
