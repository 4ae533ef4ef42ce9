// Package pgxrevocation keeps revoked tokens in PostgreSQL, through pgx. The table is that of verijot's other
// languages.
//
//	list, err := pgxrevocation.Open("postgres://user@host/database")
//	err = list.MigrateUp(ctx)
//	client, err := verijot.NewClient(ctx, issuer, audience, verijot.WithRevocations(list))
package pgxrevocation

import (
	"context"
	_ "embed"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/verijot/verijot/bindings/go/revocation"
)

// Open makes a list that connects when it is first used: while the database is down, the service runs and every
// token is refused with 503. The URL or keyword string is pgx's; an error shows no password. Close the list at the
// end.
func Open(url string, options ...revocation.Option) (*revocation.List, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, err
	}
	return revocation.New(database{pool: pool, close: pool.Close}, options...), nil
}

// New makes a list on the caller's pool, which the list's Close leaves open.
func New(pool *pgxpool.Pool, options ...revocation.Option) *revocation.List {
	return revocation.New(database{pool: pool, close: func() {}}, options...)
}

// Up is the statement that creates the table, and Down the one that removes it, for tools that run migrations.
var (
	//go:embed migrations/0001_jwt_revocations.up.sql
	Up string
	//go:embed migrations/0001_jwt_revocations.down.sql
	Down string
)

type database struct {
	pool  *pgxpool.Pool
	close func()
}

func (d database) Found(ctx context.Context, query string, arguments ...any) (bool, error) {
	var one int
	err := d.pool.QueryRow(ctx, query, arguments...).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, problem(err)
}

func (d database) Changed(ctx context.Context, statement string, arguments ...any) (int64, error) {
	changed, err := d.pool.Exec(ctx, statement, arguments...)
	return changed.RowsAffected(), problem(err)
}

func (d database) MigrateUp(ctx context.Context) error { return d.migrate(ctx, Up) }

func (d database) MigrateDown(ctx context.Context) error { return d.migrate(ctx, Down) }

// migrate takes a lock first, because IF NOT EXISTS does not prevent a conflict with a concurrent creation. Without
// arguments the statements form one transaction.
func (d database) migrate(ctx context.Context, script string) error {
	_, err := d.pool.Exec(ctx, lock+script, pgx.QueryExecModeSimpleProtocol)
	return problem(err)
}

func (d database) Close() { d.close() }

// problem gives the message alone of what the server says: its details can have values of the row.
func problem(err error) error {
	var complaint *pgconn.PgError
	switch {
	case !errors.As(err, &complaint):
		return err
	case complaint.Code == undefinedTable:
		return revocation.ErrMissingTable
	case complaint.Code == queryCanceled:
		return revocation.ErrTimeout
	}
	return err
}

const (
	// The same in every language.
	lock = "SELECT pg_advisory_xact_lock(5350846932446310474);\n"
	// PostgreSQL, Appendix A.
	undefinedTable = "42P01"
	queryCanceled  = "57014"
)
