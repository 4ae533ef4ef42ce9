package sqliterevocation_test

import (
	"context"
	"fmt"
	"log"

	"github.com/verijot/verijot/bindings/go/revocation"
	"github.com/verijot/verijot/bindings/go/sqliterevocation"
)

func Example() {
	ctx := context.Background()
	list, err := sqliterevocation.Open(":memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer list.Close()
	if err := list.MigrateUp(ctx); err != nil {
		log.Fatal(err)
	}
	token := revocation.Token{Issuer: "https://issuer.example", ID: "0f9a4a0c", Subject: "alice"}
	for range 2 {
		isNew, err := list.RevokeByID(ctx, token, "logout")
		fmt.Println(isNew, err)
	}
	// Output:
	// true <nil>
	// false <nil>
}
