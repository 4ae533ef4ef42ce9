module github.com/verijot/verijot/bindings/go/examples/wallet

go 1.24.0

require (
	github.com/jackc/pgx/v5 v5.8.0
	github.com/verijot/verijot/bindings/go v0.0.0
	github.com/verijot/verijot/bindings/go/pgxrevocation v0.0.0
)

require (
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.2 // indirect
	golang.org/x/sync v0.17.0 // indirect
	golang.org/x/text v0.29.0 // indirect
)

replace (
	github.com/verijot/verijot/bindings/go => ../../
	github.com/verijot/verijot/bindings/go/pgxrevocation => ../../pgxrevocation
)
