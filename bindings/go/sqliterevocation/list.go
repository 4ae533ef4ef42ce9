// Package sqliterevocation keeps revoked tokens in an SQLite file, for the processes of one machine. The driver is
// modernc.org/sqlite, which needs no cgo, and the table is that of verijot's other languages.
//
//	list, err := sqliterevocation.Open("/var/lib/service/revocations.db")
//	err = list.MigrateUp(ctx)
//	client, err := verijot.NewClient(ctx, issuer, audience, verijot.WithRevocations(list))
package sqliterevocation

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"strings"

	"github.com/verijot/verijot/bindings/go/revocation"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Open makes a list in a file, which is created if it does not exist, when the list is first used. The path :memory:
// is a database of the list's own, which ends with it. Close the list at the end.
func Open(path string, options ...revocation.Option) (*revocation.List, error) {
	if path == "" {
		// SQLite would take a temporary file.
		return nil, errors.New("sqliterevocation: the path of the file is missing")
	}
	source := "file:" + escapes.Replace(path) + "?_pragma=busy_timeout(2000)"
	isMemory := path == ":memory:"
	if isMemory {
		source = path
	}
	pool, err := sql.Open("sqlite", source)
	if err != nil {
		return nil, err
	}
	if isMemory {
		// It ends with its connection.
		pool.SetMaxOpenConns(1)
		pool.SetConnMaxIdleTime(0)
		pool.SetConnMaxLifetime(0)
	}
	return revocation.New(database{pool}, options...), nil
}

// Up is the statement that creates the table, and Down the one that removes it, for tools that run migrations.
var (
	//go:embed migrations/0001_jwt_revocations.up.sql
	Up string
	//go:embed migrations/0001_jwt_revocations.down.sql
	Down string
)

type database struct{ pool *sql.DB }

func (d database) Found(ctx context.Context, query string, arguments ...any) (bool, error) {
	var one int
	err := d.pool.QueryRowContext(ctx, numbered(query), arguments...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, problem(err)
}

func (d database) Changed(ctx context.Context, statement string, arguments ...any) (int64, error) {
	changed, err := d.pool.ExecContext(ctx, numbered(statement), arguments...)
	if err != nil {
		return 0, problem(err)
	}
	return changed.RowsAffected()
}

// MigrateUp also switches to a write-ahead log, which the file keeps: readers and the writer do not wait for each
// other. Of concurrent connections that set it, SQLite refuses all but one.
func (d database) MigrateUp(ctx context.Context) error {
	_, _ = d.pool.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	_, err := d.pool.ExecContext(ctx, Up)
	return problem(err)
}

func (d database) MigrateDown(ctx context.Context) error {
	_, err := d.pool.ExecContext(ctx, Down)
	return problem(err)
}

func (d database) Close() { _ = d.pool.Close() }

// numbered writes parameters as SQLite numbers them; $1 would be a name.
func numbered(statement string) string { return strings.ReplaceAll(statement, "$", "?") }

func problem(err error) error {
	var complaint *sqlite.Error
	if !errors.As(err, &complaint) {
		return err
	}
	// SQLite has one code for every invalid statement; extended codes are in higher octets.
	switch complaint.Code() & 0xff {
	case sqlite3.SQLITE_ERROR:
		if strings.Contains(complaint.Error(), "no such table") {
			return revocation.ErrMissingTable
		}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return revocation.ErrTimeout
	}
	return err
}

// What a path means in a URI (SQLite, URI Filenames).
var escapes = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")
