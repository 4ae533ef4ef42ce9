package pgxrevocation_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/verijot/verijot/bindings/go/internal/revocationtest"
	"github.com/verijot/verijot/bindings/go/pgxrevocation"
	"github.com/verijot/verijot/bindings/go/revocation"
)

// database makes an empty database on the server of .ci/with-postgres.
func database(t *testing.T) string {
	server := os.Getenv("VERIJOT_TEST_POSTGRES")
	if server == "" {
		t.Skip("VERIJOT_TEST_POSTGRES names no server; run .ci/with-postgres")
	}
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(ctx)
	name := fmt.Sprintf("go_%d", time.Now().UnixNano())
	if _, err := connection.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return server[:strings.LastIndex(server, "/")+1] + name
}

func TestAList(t *testing.T) {
	url := database(t)
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	revocationtest.Run(t, pgxrevocation.New(pool), func(statement string, arguments ...any) (text string, err error) {
		err = pool.QueryRow(ctx, statement, arguments...).Scan(&text)
		return text, err
	})
}

func TestAServerThatStopsAndStarts(t *testing.T) {
	url := database(t)
	ctx := context.Background()
	list, err := pgxrevocation.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	if err := list.MigrateUp(ctx); err != nil {
		t.Fatal(err)
	}
	token := revocation.Token{Issuer: "https://issuer.example", ID: "a"}
	if isNew, err := list.RevokeByID(ctx, token, "stolen"); err != nil || !isNew {
		t.Fatal(isNew, err)
	}
	control(t, "stop")
	begin := time.Now()
	if _, err := list.RevokeByID(ctx, token, "stolen"); err == nil {
		t.Error("the server is stopped")
	}
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
	control(t, "start")
	for {
		isNew, err := list.RevokeByID(ctx, token, "stolen")
		if err == nil && !isNew {
			break
		}
		if time.Since(begin) > 30*time.Second {
			t.Fatal(isNew, err)
		}
	}
}

func control(t *testing.T, what string) {
	t.Helper()
	if err := exec.Command(os.Getenv("VERIJOT_TEST_POSTGRES_CONTROL"), what).Run(); err != nil {
		t.Fatal(err)
	}
}

func TestAServerThatNeverAnswers(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	list, err := pgxrevocation.Open("postgres://user:secret@"+listener.Addr().String()+"/x",
		revocation.WithTimeout(200*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	_, err = list.RevokeByID(context.Background(), revocation.Token{Issuer: "i", ID: "a"}, "")
	if !errors.Is(err, revocation.ErrTimeout) || strings.Contains(err.Error(), "secret") {
		t.Fatal(err)
	}
}

func TestAnUnusableURLShowsNoPassword(t *testing.T) {
	for _, url := range []string{"postgres://user:secret@host:port/x", "postgres://user:secret@host/x?sslmode=odd"} {
		if _, err := pgxrevocation.Open(url); err == nil || strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
	}
}

func TestTheTableIsThatOfTheOtherLanguages(t *testing.T) {
	rust, err := os.ReadFile("../../revocation/migrations/postgres/0001_jwt_revocations.sql")
	if err != nil {
		t.Fatal(err)
	}
	if string(rust) != pgxrevocation.Up {
		t.Fatal("migrations differ")
	}
}
