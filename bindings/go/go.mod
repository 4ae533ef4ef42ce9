module github.com/verijot/verijot/bindings/go

go 1.24
