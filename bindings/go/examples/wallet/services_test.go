package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	verijot "github.com/verijot/verijot/bindings/go"
)

// A service verifies the wallet's tokens in a process of its own.
type service struct {
	name, url string
}

// services starts one in Rust, one in Python, and two in JavaScript, on Node and on workerd. VERIJOT_TEST_AXUM is the folder of the
// examples of bindings/axum, VERIJOT_TEST_PYTHON an interpreter that has the package and its extras, and
// VERIJOT_TEST_JAVASCRIPT the folder of the package, which is built, and VERIJOT_TEST_WORKERD a folder with the
// packages workerd and esbuild.
func (town *town) services() []service {
	folder, err := filepath.Abs("../../..")
	check(town.t, err)
	database := "DATABASE_URL=" + town.database
	var started []service
	start := func(variable, name, directory string, settings []string, command ...string) {
		if os.Getenv(variable) == "" {
			if os.Getenv("CI") == "true" {
				town.t.Fatal(variable + " is not set")
			}
			town.t.Log("skipped: the service in " + name + ", because " + variable + " is not set")
			return
		}
		running := exec.Command(command[0], command[1:]...)
		running.Dir = directory
		running.Env = append(append(os.Environ(), settings...),
			"LISTEN=127.0.0.1:0", "VERIJOT_ISSUER="+town.wallet.url, "VERIJOT_AUDIENCE=notes")
		started = append(started, service{name, town.start(running)})
	}
	start("VERIJOT_TEST_AXUM", "Rust", town.t.TempDir(), []string{database},
		filepath.Join(os.Getenv("VERIJOT_TEST_AXUM"), "notes"))
	start("VERIJOT_TEST_PYTHON", "Python", filepath.Join(folder, "python/examples"),
		[]string{database, "NOTES_DATABASE=" + filepath.Join(town.t.TempDir(), "notes.db")},
		os.Getenv("VERIJOT_TEST_PYTHON"), "-B", "-m", "uvicorn", "notes_fastapi:app", "--port", "0", "--no-access-log")
	script, err := filepath.Abs("services/notes.mjs")
	check(town.t, err)
	start("VERIJOT_TEST_JAVASCRIPT", "JavaScript", town.t.TempDir(),
		[]string{"VERIJOT_PACKAGE=" + os.Getenv("VERIJOT_TEST_JAVASCRIPT")}, "node", script)
	script, err = filepath.Abs("services/workerd.mjs")
	check(town.t, err)
	start("VERIJOT_TEST_WORKERD", "JavaScript on workerd", town.t.TempDir(),
		[]string{"VERIJOT_PACKAGE=" + os.Getenv("VERIJOT_TEST_JAVASCRIPT"), "VERIJOT_HOSTS=" + os.Getenv("VERIJOT_TEST_WORKERD")},
		"node", script)
	return started
}

// start starts a program that prints its address.
func (town *town) start(command *exec.Cmd) string {
	town.t.Helper()
	reader, writer, err := os.Pipe()
	check(town.t, err)
	command.Stdout, command.Stderr = writer, writer
	input, err := command.StdinPipe()
	check(town.t, err)
	check(town.t, command.Start())
	check(town.t, writer.Close())
	town.t.Cleanup(func() {
		// Some have processes of their own, and end with their input.
		_ = input.Close()
		time.AfterFunc(time.Second, func() { _ = command.Process.Kill() })
		_ = command.Wait()
		_ = reader.Close()
	})
	addresses := make(chan string, 1)
	printed := make(chan string, 1)
	go func() {
		var all strings.Builder
		isFound := false
		for lines := bufio.NewScanner(reader); lines.Scan(); {
			all.WriteString(lines.Text() + "\n")
			if _, address, found := strings.Cut(lines.Text(), "ing on http://"); found && !isFound {
				isFound = true
				addresses <- "http://" + strings.Fields(address)[0]
			}
		}
		printed <- all.String()
	}()
	select {
	case address := <-addresses:
		return address
	case text := <-printed:
		town.t.Fatal("it ended: " + text)
	case <-time.After(30 * time.Second):
		town.t.Fatal("it does not listen")
	}
	return ""
}

func TestFourLanguages(t *testing.T) {
	town := newTown(t).migrate()
	services := town.services()
	ask := func(service service, token string) answered {
		return town.send("GET", service.url+"/me", token)
	}
	everywhere := func(token string, status int, part string) {
		t.Helper()
		if status == 200 {
			expect(t, town.session(token), 200, "alice")
		} else {
			expect(t, town.session(token), status, part)
		}
		for _, service := range services {
			if given := ask(service, token); given.status != status || !strings.Contains(given.body, part) {
				t.Errorf("%s: %d %s", service.name, given.status, given.body)
			}
		}
	}

	// Every track's tokens are good everywhere.
	for _, track := range []string{"staff", "member", "partner", "guest"} {
		everywhere(town.signIn(track), 200, "alice")
	}
	for _, service := range services {
		// The other services give tokens of an unknown track an hour: a rule of their own.
		if given := ask(service, town.signIn("unheard-of")); given.status != 401 {
			t.Errorf("%s: %d %s", service.name, given.status, given.body)
		}
	}

	// What one refuses, all refuse.
	now := time.Now()
	claims := func(name string, value any) string {
		all := map[string]any{"iss": town.wallet.url, "aud": "notes", "sub": "alice", "jti": randomName(),
			"track": "guest", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		if all[name] = value; value == nil {
			delete(all, name)
		}
		token, err := town.wallet.keys.sign(now, all)
		check(t, err)
		return token
	}
	everywhere(claims("scope", "notes:read"), 200, "alice")
	everywhere(claims("jti", nil), 401, "missing_claim")
	everywhere(claims("aud", "others"), 401, "wrong_audience")
	everywhere(claims("exp", now.Add(-time.Hour).Unix()), 401, "")
	everywhere(claims("exp", now.Add(12*time.Hour).Unix()), 401, "lifetime")

	// Revoked by a refresh and by logging out.
	old := town.signIn("member")
	everywhere(old, 200, "alice")
	newer := town.tokenOf(town.refresh(old))
	everywhere(old, 401, "revoked")
	everywhere(newer, 200, "alice")
	expect(t, town.logout(newer), 204, "")
	everywhere(newer, 401, "revoked")

	// A new key signs at once; the old one's tokens stay good.
	before := town.signIn("staff")
	expect(t, town.send("POST", town.wallet.url+"/dev/rotate", "", "Verijot-Development", "yes"), 200, "next")
	after := town.signIn("staff")
	if kidOf(t, before) == kidOf(t, after) {
		t.Error("the keys are the same")
	}
	everywhere(after, 200, "alice")
	everywhere(before, 200, "alice")
	everywhere(newer, 401, "revoked")

	// Without PostgreSQL nobody accepts a token, and with it nothing is forgotten.
	control(t, "stop")
	everywhere(after, 503, "revocation_unavailable")
	everywhere(newer, 503, "revocation_unavailable")
	expect(t, town.refresh(after), 503, "revocation_unavailable")
	control(t, "start")
	eventually(t, func() bool {
		good := town.session(after).status == 200
		for _, service := range services {
			good = good && ask(service, after).status == 200
		}
		return good
	})
	everywhere(newer, 401, "revoked")
	last := town.tokenOf(town.refresh(after))
	everywhere(after, 401, "revoked")
	everywhere(last, 200, "alice")

	// A missing table is no empty one.
	check(t, town.list.MigrateDown(t.Context()))
	everywhere(last, 503, "revocation_unavailable")
	town.migrate()
	everywhere(last, 200, "alice")
}

// The other way round: a service in Go verifies the tokens of the issuer in Rust, which revokes them in the same table.
func TestTheIssuerInRust(t *testing.T) {
	if os.Getenv("VERIJOT_TEST_AXUM") == "" {
		t.Skip("VERIJOT_TEST_AXUM is not set")
	}
	town := newTown(t).migrate()
	running := exec.Command(filepath.Join(os.Getenv("VERIJOT_TEST_AXUM"), "issuer"))
	running.Env = append(os.Environ(), "LISTEN=127.0.0.1:0", "DATABASE_URL="+town.database)
	issuer := town.start(running)
	client, err := verijot.NewClient(t.Context(), issuer, "notes", verijot.WithTypes("at+jwt"),
		verijot.WithRequiredClaims("jti"), verijot.WithRevocations(town.list))
	check(t, err)
	defer client.Close()
	service := httptest.NewServer(client.Middleware(http.HandlerFunc(
		func(writer http.ResponseWriter, request *http.Request) {
			_, _ = io.WriteString(writer, verijot.FromContext(request.Context()).Subject())
		})))
	defer service.Close()
	signIn := func() string {
		t.Helper()
		return town.tokenOf(town.sendBody("POST", issuer+"/dev/token", "", "{}", "Content-Type", "application/json"))
	}
	ask := func(token string) answered { return town.send("GET", service.URL, token) }

	token, kept := signIn(), signIn()
	expect(t, ask(token), 200, "alice")
	expect(t, town.send("POST", issuer+"/auth/logout", token), 204, "")
	expect(t, ask(token), 401, "revoked")
	expect(t, town.send("POST", issuer+"/dev/rotate", "", "Verijot-Development", "yes"), 200, "signing")
	expect(t, ask(signIn()), 200, "alice")
	expect(t, ask(kept), 200, "alice")
	// The wallet is another issuer: its key is unknown, or may be newer than the fetched ones (503).
	if given := ask(town.signIn("guest")); given.status != 401 && given.status != 503 {
		t.Error(given)
	}
	expect(t, town.session(kept), 401, "unknown_key")

	control(t, "stop")
	expect(t, ask(kept), 503, "revocation_unavailable")
	control(t, "start")
	eventually(t, func() bool { return ask(kept).status == 200 })
	expect(t, ask(token), 401, "revoked")
}
