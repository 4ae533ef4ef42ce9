module github.com/verijot/verijot/bindings/go/crosscheck

go 1.25.0

require (
	github.com/tetratelabs/wazero v1.12.0
	github.com/verijot/verijot/bindings/go v0.0.0
)

require golang.org/x/sys v0.44.0 // indirect

replace github.com/verijot/verijot/bindings/go => ../
