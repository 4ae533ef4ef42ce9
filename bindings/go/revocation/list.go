// Package revocation keeps tokens that were revoked before they expire in a table, jwt_revocations, that all
// instances of a service and all of verijot's languages share. Packages pgxrevocation and sqliterevocation, in modules
// of their own, have the databases: PostgreSQL and SQLite.
//
// A token that cannot be looked up never counts as clear.
package revocation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	verijot "github.com/verijot/verijot/bindings/go"
)

// A List has the tokens that were revoked before they expire. It is a [verijot.Revocations] for
// [verijot.WithRevocations], and safe for concurrent use.
//
// A token is identified by its iss and jti: a jti is unique for its issuer only (RFC 7519 §4.1.7), and one list
// serves several issuers. Require the claim with [verijot.WithRequiredClaims]; a token without it is refused with
// revocation_unavailable.
type List struct {
	database Database
	timeout  time.Duration
	keep     time.Duration
}

// A Database runs the list's statements, which have parameters $1, $2 and so on. Its errors are [ErrMissingTable]
// where the table is missing.
type Database interface {
	// Found says whether a query has a row.
	Found(ctx context.Context, query string, arguments ...any) (bool, error)
	// Changed runs a statement and says how many rows it inserted, changed or deleted.
	Changed(ctx context.Context, statement string, arguments ...any) (int64, error)
	// MigrateUp creates the table unless it exists, and MigrateDown removes it with everything in it.
	MigrateUp(ctx context.Context) error
	MigrateDown(ctx context.Context) error
	// Close closes the connections.
	Close()
}

// An Option changes a setting of a [List].
type Option func(*List)

// WithTimeout is the longest time of an operation, including the wait for a free connection; without it two
// seconds. Migrations have a minute.
func WithTimeout(timeout time.Duration) Option { return func(l *List) { l.timeout = timeout } }

// WithKeepExpiredFor is how long an expired token stays in the list at least; without it 24 hours. It must exceed
// the largest leeway of any verifier plus the difference between their clocks.
func WithKeepExpiredFor(span time.Duration) Option { return func(l *List) { l.keep = span } }

// New makes a list on a database. Packages pgxrevocation and sqliterevocation call it.
func New(database Database, options ...Option) *List {
	list := &List{database: database, timeout: 2 * time.Second, keep: 24 * time.Hour}
	for _, option := range options {
		option(list)
	}
	return list
}

// A Token is what is known of a token that is revoked without its text.
type Token struct {
	// Issuer is its iss, exactly as in the token. With [verijot.AnyIssuer] every token with this jti is revoked,
	// whatever its iss, or without one: with several issuers this can refuse a token of one that revoked nothing.
	Issuer string
	// ID is its jti, exactly as in the token.
	ID string
	// Subject is its sub, for people who read the table; it can be empty.
	Subject string
	// ExpiresAt is its exp. With the zero time the row is never pruned.
	ExpiresAt time.Time
}

// String shows no part of the token.
func (Token) String() string { return "revocation.Token" }

// GoString shows no part of the token.
func (t Token) GoString() string { return t.String() }

// ErrMissingTokenID is for a token without jti, which cannot be in a list.
var ErrMissingTokenID = errors.New("the token has no jti and cannot be in a revocation list; require the claim")

// ErrMissingIssuer is for a [Token] without issuer; [verijot.AnyIssuer] stands for any.
var ErrMissingIssuer = errors.New("the issuer of the revoked token is missing; verijot.AnyIssuer is any")

// ErrMissingTable says that the table does not exist; MigrateUp creates it.
var ErrMissingTable = errors.New("the table jwt_revocations does not exist; call MigrateUp")

// ErrTimeout says that the database did not answer in time, or that no connection was free.
var ErrTimeout = errors.New("the revocation list's database did not answer in time")

// Revoked says whether a token is in the list; verifiers call it. An error means that nobody can say.
func (l *List) Revoked(ctx context.Context, token *verijot.Token) (bool, error) {
	known, err := tokenOf(token)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	found, err := l.contains(ctx, known.key(), exact(known.ID))
	return found, problem(ctx, err)
}

// Revoke revokes a token from now on, with a reason for people who read the table; it can be empty. It gives
// whether the token was not revoked before: of concurrent calls for one token, exactly one is told so. A token
// without iss is revoked as one of [verijot.AnyIssuer].
//
// The first row of a token stays; its expiry only moves later. After an error the token may or may not be revoked,
// and it is safe to try again. NUL in the subject and the reason becomes U+FFFD.
func (l *List) Revoke(ctx context.Context, token *verijot.Token, reason string) (isNew bool, err error) {
	known, err := tokenOf(token)
	if err != nil {
		return false, err
	}
	return l.revoke(ctx, known, reason)
}

// RevokeByID revokes a token of which only this is known, as [List.Revoke] does.
func (l *List) RevokeByID(ctx context.Context, token Token, reason string) (isNew bool, err error) {
	switch {
	case token.Issuer == "":
		return false, ErrMissingIssuer
	case token.ID == "":
		return false, ErrMissingTokenID
	}
	return l.revoke(ctx, token, reason)
}

func (l *List) revoke(ctx context.Context, token Token, reason string) (isNew bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	key, ofAny := token.key(), exact(token.ID)
	var isKnown bool
	if key != ofAny {
		if isKnown, err = l.contains(ctx, ofAny, ofAny); err != nil {
			return false, problem(ctx, err)
		}
	}
	var expiry any
	if !token.ExpiresAt.IsZero() {
		expiry = token.ExpiresAt.Unix()
	}
	for {
		// Also if it is known, because the other row may be pruned before this token expires.
		inserted, err := l.database.Changed(ctx, insertion,
			key, storable(token.Subject), expiry, time.Now().Unix(), storable(reason))
		if err != nil || inserted > 0 {
			return err == nil && !isKnown, problem(ctx, err)
		}
		extended, err := l.database.Changed(ctx, extension, key, expiry)
		if err != nil || extended > 0 {
			return false, problem(ctx, err)
		}
		// The older row was pruned in the meantime.
	}
}

// Prune deletes tokens that expired long enough ago ([WithKeepExpiredFor]) and gives how many. Tokens without an
// expiry stay. Call it regularly, from one instance or from all. Rows deleted before an error stay deleted.
func (l *List) Prune(ctx context.Context, now time.Time) (int64, error) {
	before := now.Add(-l.keep).Unix()
	var pruned int64
	for {
		deleted, err := l.pruneOnce(ctx, before)
		pruned += deleted
		if err != nil || deleted == 0 {
			return pruned, err
		}
	}
}

func (l *List) pruneOnce(ctx context.Context, before int64) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	deleted, err := l.database.Changed(ctx, deletion, before, int64(prunedAtOnce))
	return deleted, problem(ctx, err)
}

// MigrateUp creates the table unless it exists. Every instance may call it at every start.
func (l *List) MigrateUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, migrationTimeout)
	defer cancel()
	return problem(ctx, l.database.MigrateUp(ctx))
}

// MigrateDown removes the table with everything in it: tokens that were revoked would be accepted again by a
// service that creates an empty table, so let them expire first.
func (l *List) MigrateDown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, migrationTimeout)
	defer cancel()
	return problem(ctx, l.database.MigrateDown(ctx))
}

// Close closes the connections that the list has opened. From then on nobody can say whether a token is revoked.
func (l *List) Close() { l.database.Close() }

func (l *List) contains(ctx context.Context, keys ...any) (bool, error) {
	return l.database.Found(ctx, question, keys...)
}

// key gives the column's value.
func (t Token) key() string {
	if t.Issuer == verijot.AnyIssuer {
		return exact(t.ID)
	}
	return keyOf(t.Issuer, t.ID)
}

// tokenOf gives what the list knows of a verified token.
func tokenOf(token *verijot.Token) (Token, error) {
	known := Token{Issuer: token.Issuer(), ID: token.ID(), Subject: token.Subject(), ExpiresAt: token.ExpiresAt()}
	if known.ID != "" && known.Issuer != "" {
		return known, nil
	}
	// An empty claim is not a missing one.
	var claims struct {
		Issuer *string `json:"iss"`
		ID     *string `json:"jti"`
	}
	if err := token.Claims(&claims); err != nil {
		return Token{}, err
	}
	if claims.ID == nil {
		return Token{}, ErrMissingTokenID
	}
	if claims.Issuer == nil {
		known.Issuer = verijot.AnyIssuer
	}
	return known, nil
}

// problem gives an error that says no more than the database's.
func problem(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, ErrMissingTable):
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ErrTimeout
	}
	return fmt.Errorf("the revocation list's database: %w", err)
}

// storable is a text that people read: PostgreSQL stores no NUL. Nil if there is none.
func storable(text string) any {
	if text == "" {
		return nil
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\ufffd"), "\ufffd")
}

const (
	question  = "SELECT 1 FROM jwt_revocations WHERE jti IN ($1, $2) LIMIT 1"
	insertion = "INSERT INTO jwt_revocations (jti, subject, token_expires_at, revoked_at, reason) " +
		"VALUES ($1, $2, $3, $4, $5) ON CONFLICT (jti) DO NOTHING"
	extension = "UPDATE jwt_revocations SET token_expires_at = CASE " +
		"WHEN token_expires_at < $2 THEN $2 " +
		"WHEN CAST($2 AS BIGINT) IS NULL THEN NULL " +
		"ELSE token_expires_at END WHERE jti = $1"
	// The condition appears twice, for a row whose expiry is extended in between.
	deletion = "DELETE FROM jwt_revocations WHERE token_expires_at < $1 AND jti IN " +
		"(SELECT jti FROM jwt_revocations WHERE token_expires_at < $1 LIMIT $2)"
	// Small enough to be deleted in a fraction of a second.
	prunedAtOnce     = 1000
	migrationTimeout = time.Minute
)
