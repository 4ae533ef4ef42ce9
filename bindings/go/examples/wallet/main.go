// Command wallet is a backend that issues, refreshes and revokes tokens, for development: it gives tokens to EVERY
// CALLER, without a password. NOT FOR PRODUCTION; so it only listens on loopback.
//
//	export DATABASE_URL=postgres://user@127.0.0.1/database
//	go run . migrate up
//	go run .
//	curl -d '{"subject":"alice","track":"staff"}' -H 'Content-Type: application/json' 127.0.0.1:4000/dev/token
//
//	GET  /.well-known/…         metadata and keys
//	POST /api/v1/auth/refresh   a new token for the one in the Authorization header, which is revoked
//	POST /api/v1/auth/logout    revokes the token in the Authorization header
//	GET  /api/v1/auth/session   whose token it is
//	POST /dev/token             a token: subject, track and scope, all optional
//	POST /dev/rotate            rotates the keys: ?sign_after=3600&overlap=604800, both optional
//
// POST /dev/rotate requires the header Verijot-Development: yes, so that no web page can send it. LISTEN is the
// address (127.0.0.1:4000), WALLET_AUDIENCE whom tokens are for (notes). Keys live as long as the process. "wallet
// migrate up" and "wallet migrate down" create and remove the table of revoked tokens; without it every token is
// answered with 503.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/verijot/verijot/bindings/go/pgxrevocation"
	"github.com/verijot/verijot/bindings/go/revocation"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	list, err := pgxrevocation.Open(os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer list.Close()
	switch {
	case len(arguments) == 0:
		return serve(ctx, list)
	case len(arguments) == 2 && arguments[0] == "migrate" && arguments[1] == "up":
		return list.MigrateUp(ctx)
	case len(arguments) == 2 && arguments[0] == "migrate" && arguments[1] == "down":
		return list.MigrateDown(ctx)
	}
	return errors.New("usage: wallet [migrate up | migrate down]")
}

func serve(ctx context.Context, list *revocation.List) error {
	listener, err := net.Listen("tcp", setting("LISTEN", "127.0.0.1:4000"))
	if err != nil {
		return err
	}
	if address, isTCP := listener.Addr().(*net.TCPAddr); !isTCP || !address.IP.IsLoopback() {
		return errors.New("this wallet gives tokens to every caller; listen on a loopback address")
	}
	wallet, err := newWallet("http://"+listener.Addr().String(), setting("WALLET_AUDIENCE", "notes"), list)
	if err != nil {
		return err
	}
	go prune(ctx, list)
	server := &http.Server{Handler: wallet.handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		ending, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(ending)
	}()
	slog.Warn("NOT FOR PRODUCTION: anyone who reaches this wallet gets any token")
	fmt.Println("listening on " + wallet.url)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// prune deletes expired entries once an hour.
func prune(ctx context.Context, list *revocation.List) {
	for {
		if _, err := list.Prune(ctx, time.Now()); err != nil {
			slog.Warn("could not prune revoked tokens", "problem", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Hour):
		}
	}
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
