package sqliterevocation_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	verijot "github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/internal/revocationtest"
	"github.com/verijot/verijot/bindings/go/revocation"
	"github.com/verijot/verijot/bindings/go/sqliterevocation"
)

func TestAList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a 100%?#.db")
	list, err := sqliterevocation.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	revocationtest.Run(t, list, func(statement string, arguments ...any) (text string, err error) {
		if _, err := os.Stat(path); err != nil {
			return "", err
		}
		other, err := sql.Open("sqlite", "file:"+filepath.Dir(path)+"/a 100%25%3f%23.db")
		if err != nil {
			return "", err
		}
		defer other.Close()
		err = other.QueryRow(statement, arguments...).Scan(&text)
		return text, err
	})
}

func TestInMemory(t *testing.T) {
	ctx := context.Background()
	list, err := sqliterevocation.Open(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	if err := list.MigrateUp(ctx); err != nil {
		t.Fatal(err)
	}
	token := revocation.Token{Issuer: verijot.AnyIssuer, ID: "a"}
	for _, wanted := range []bool{true, false} {
		if isNew, err := list.RevokeByID(ctx, token, ""); err != nil || isNew != wanted {
			t.Fatal(isNew, err)
		}
	}
	list.Close()
	if _, err := list.RevokeByID(ctx, token, ""); err == nil {
		t.Fatal("the list is closed")
	}
}

func TestTheTableIsThatOfTheOtherLanguages(t *testing.T) {
	rust, err := os.ReadFile("../../revocation/migrations/sqlite/0001_jwt_revocations.sql")
	if err != nil {
		t.Fatal(err)
	}
	if string(rust) != sqliterevocation.Up {
		t.Fatal("migrations differ")
	}
}

func TestAPathIsNeeded(t *testing.T) {
	if _, err := sqliterevocation.Open(""); err == nil {
		t.Fatal("no path")
	}
}
