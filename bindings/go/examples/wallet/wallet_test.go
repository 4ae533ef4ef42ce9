package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/verijot/verijot/bindings/go/pgxrevocation"
	"github.com/verijot/verijot/bindings/go/revocation"
)

// A town is a wallet on a database of its own.
type town struct {
	t        *testing.T
	database string
	list     *revocation.List
	wallet   *wallet
}

func newTown(t *testing.T) *town {
	server := os.Getenv("VERIJOT_TEST_POSTGRES")
	if server == "" {
		t.Skip("VERIJOT_TEST_POSTGRES names no server; run .ci/with-postgres")
	}
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, server)
	check(t, err)
	name := fmt.Sprintf("wallet_%d", time.Now().UnixNano())
	_, err = connection.Exec(ctx, "CREATE DATABASE "+name)
	check(t, err)
	check(t, connection.Close(ctx))
	made := &town{t: t, database: server[:strings.LastIndex(server, "/")+1] + name}
	made.list, err = pgxrevocation.Open(made.database)
	check(t, err)
	t.Cleanup(made.list.Close)
	var handler http.Handler
	listening := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		handler.ServeHTTP(writer, request)
	}))
	t.Cleanup(listening.Close)
	made.wallet, err = newWallet(listening.URL, "notes", made.list)
	check(t, err)
	handler = made.wallet.handler()
	return made
}

func (town *town) migrate() *town {
	check(town.t, town.list.MigrateUp(context.Background()))
	return town
}

type answered struct {
	status int
	header http.Header
	body   string
}

func (town *town) send(method, url, token string, header ...string) answered {
	return town.sendBody(method, url, token, "", header...)
}

func (town *town) sendBody(method, url, token, body string, header ...string) answered {
	town.t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	check(town.t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for place := 0; place < len(header); place += 2 {
		request.Header.Set(header[place], header[place+1])
	}
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
	}
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	check(town.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	check(town.t, err)
	return answered{response.StatusCode, response.Header, string(text)}
}

func (town *town) signIn(track string) string {
	town.t.Helper()
	given := town.sendBody("POST", town.wallet.url+"/dev/token", "", `{"track":"`+track+`"}`,
		"Content-Type", "application/json")
	return town.tokenOf(given)
}

func (town *town) tokenOf(given answered) string {
	town.t.Helper()
	var tokens tokens
	if given.status != 200 || json.Unmarshal([]byte(given.body), &tokens) != nil {
		town.t.Fatal(given)
	}
	return tokens.AccessToken
}

func (town *town) refresh(token string) answered {
	return town.send("POST", town.wallet.url+"/api/v1/auth/refresh", token)
}

func (town *town) logout(token string) answered {
	return town.send("POST", town.wallet.url+"/api/v1/auth/logout", token)
}

func (town *town) session(token string) answered {
	return town.send("GET", town.wallet.url+"/api/v1/auth/session", token)
}

func claimsOf(t *testing.T, token string) map[string]any {
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	check(t, err)
	var claims map[string]any
	check(t, json.Unmarshal(payload, &claims))
	return claims
}

func TestLifetimesAreThoseOfTheTracks(t *testing.T) {
	town := newTown(t).migrate()
	for track, hours := range map[string]float64{
		"staff": 12, "member": 8, "partner": 4, "guest": 1, "unheard-of": 12, "": 12, "Staff": 12,
	} {
		token := town.signIn(track)
		claims := claimsOf(t, token)
		if lifetime := claims["exp"].(float64) - claims["iat"].(float64); lifetime != hours*3600 {
			t.Errorf("%q lives for %v s", track, lifetime)
		}
		if octets, err := base64.RawURLEncoding.DecodeString(claims["jti"].(string)); err != nil || len(octets) != 16 {
			t.Errorf("the jti is %v", claims["jti"])
		}
		expect(t, town.session(token), 200, track)
	}
}

func TestARefreshRevokesTheOldToken(t *testing.T) {
	town := newTown(t).migrate()
	old := town.signIn("member")
	newer := town.tokenOf(town.refresh(old))
	before, after := claimsOf(t, old), claimsOf(t, newer)
	for _, same := range []string{"sub", "track", "scope", "iss", "aud"} {
		if before[same] != after[same] {
			t.Errorf("%s was %v and is %v", same, before[same], after[same])
		}
	}
	if before["jti"] == after["jti"] {
		t.Error("both have one jti")
	}
	expect(t, town.session(old), 401, "revoked")
	expect(t, town.refresh(old), 401, "revoked")
	expect(t, town.session(newer), 200, "member")

	connection, err := pgx.Connect(context.Background(), town.database)
	check(t, err)
	defer connection.Close(context.Background())
	var subject, reason string
	check(t, connection.QueryRow(context.Background(), "SELECT subject, reason FROM jwt_revocations WHERE jti = $1",
		town.wallet.url+" "+before["jti"].(string)).Scan(&subject, &reason))
	if subject != "alice" || reason != "refresh" {
		t.Error(subject, reason)
	}
}

func TestATokenRefreshedTwiceAtOnceGivesOne(t *testing.T) {
	town := newTown(t).migrate()
	old := town.signIn("guest")
	var all sync.WaitGroup
	given := make([]answered, 16)
	for place := range given {
		all.Add(1)
		go func() {
			defer all.Done()
			given[place] = town.refresh(old)
		}()
	}
	all.Wait()
	count := map[int]int{}
	for _, one := range given {
		count[one.status]++
	}
	if count[200] != 1 || count[401] != 15 {
		t.Fatal(count)
	}
}

func TestLoggingOutAgainGetsTheSameAnswer(t *testing.T) {
	town := newTown(t).migrate()
	token := town.signIn("guest")
	for range 3 {
		expect(t, town.logout(token), 204, "")
		expect(t, town.session(token), 401, "revoked")
	}
	expect(t, town.refresh(token), 401, "revoked")
	expect(t, town.logout(""), 401, "missing_token")
	expect(t, town.logout(token[:len(token)-9]+"AAAAAAAAA"), 401, "invalid_signature")
}

func TestMigrationsAndAMissingTable(t *testing.T) {
	town := newTown(t)
	token := town.signIn("guest")
	missing := func() {
		t.Helper()
		for _, ask := range []func(string) answered{town.session, town.refresh, town.logout} {
			given := ask(token)
			expect(t, given, 503, "revocation_unavailable")
		}
	}
	missing()
	town.migrate()
	expect(t, town.session(token), 200, "alice")
	check(t, town.list.MigrateDown(context.Background()))
	missing()
	town.migrate()
	expect(t, town.logout(token), 204, "")
}

func TestADatabaseThatStopsAndStarts(t *testing.T) {
	town := newTown(t).migrate()
	token, gone := town.signIn("guest"), town.signIn("guest")
	expect(t, town.logout(gone), 204, "")
	control(t, "stop")
	for _, ask := range []func(string) answered{town.session, town.refresh, town.logout} {
		expect(t, ask(token), 503, "revocation_unavailable")
		expect(t, ask(gone), 503, "revocation_unavailable")
	}
	control(t, "start")
	eventually(t, func() bool { return town.session(token).status == 200 })
	expect(t, town.session(gone), 401, "revoked")
	expect(t, town.refresh(token), 200, "access_token")
}

func TestTokensThatTheWalletDoesNotMint(t *testing.T) {
	town := newTown(t).migrate()
	now := time.Now()
	sign := func(changes map[string]any) string {
		claims := map[string]any{"iss": town.wallet.url, "aud": "notes", "sub": "alice", "jti": "a", "track": "guest",
			"iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		for name, value := range changes {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		}
		token, err := town.wallet.keys.sign(now, claims)
		check(t, err)
		return token
	}
	expect(t, town.session(sign(nil)), 200, "alice")
	for _, ask := range []func(string) answered{town.session, town.refresh, town.logout} {
		expect(t, ask(sign(map[string]any{"jti": nil})), 401, "missing_claim")
		expect(t, ask(sign(map[string]any{"exp": now.Add(2 * time.Hour).Unix()})), 401, "lifetime")
		expect(t, ask(sign(map[string]any{"track": "other", "exp": now.Add(13 * time.Hour).Unix()})), 401, "lifetime")
		expect(t, ask(sign(map[string]any{"aud": "others"})), 401, "audience")
	}
}

func TestRotation(t *testing.T) {
	town := newTown(t).migrate()
	old := town.signIn("guest")
	rotate := func(parameters string) {
		t.Helper()
		given := town.send("POST", town.wallet.url+"/dev/rotate"+parameters, "", "Verijot-Development", "yes")
		expect(t, given, 200, "next")
	}
	rotate("?sign_after=3600")
	if kidOf(t, town.signIn("guest")) != kidOf(t, old) {
		t.Error("a key signs before its time")
	}
	rotate("")
	newer := town.signIn("guest")
	if kidOf(t, newer) == kidOf(t, old) {
		t.Error("the new key does not sign")
	}
	expect(t, town.session(old), 200, "alice")
	expect(t, town.session(newer), 200, "alice")
	rotate("?overlap=0")
	expect(t, town.session(old), 401, "unknown_key")
	expect(t, town.session(newer), 401, "unknown_key")
}

func TestWebPagesCannotCall(t *testing.T) {
	town := newTown(t).migrate()
	token, rotate := town.wallet.url+"/dev/token", town.wallet.url+"/dev/rotate"
	expect(t, town.send("POST", rotate, ""), 403, "from_a_web_page")
	expect(t, town.send("POST", rotate, "", "Verijot-Development", "yes", "Origin", "https://evil.example"), 403, "from")
	expect(t, town.send("POST", rotate, "", "Verijot-Development", "yes", "Host", "evil.example"), 403, "from")
	expect(t, town.send("POST", rotate+"?overlap=-1", "", "Verijot-Development", "yes"), 400, "malformed")
	expect(t, town.sendBody("POST", token, "", "{}", "Content-Type", "text/plain"), 415, "send_json")
	expect(t, town.sendBody("POST", token, "", `{"subject":""}`, "Content-Type", "application/json"), 400, "malformed")
}

func kidOf(t *testing.T, token string) string {
	header, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	check(t, err)
	var read struct {
		Kid string `json:"kid"`
	}
	check(t, json.Unmarshal(header, &read))
	return read.Kid
}

func control(t *testing.T, what string) {
	t.Helper()
	check(t, exec.Command(os.Getenv("VERIJOT_TEST_POSTGRES_CONTROL"), what).Run())
}

func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for begin := time.Now(); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Since(begin) > 30*time.Second {
			t.Fatal("it did not happen")
		}
	}
}

func expect(t *testing.T, given answered, status int, part string) {
	t.Helper()
	if given.status != status || !strings.Contains(given.body, part) {
		t.Errorf("%d %s", given.status, given.body)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
