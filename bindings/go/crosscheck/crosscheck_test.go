package crosscheck

import (
	"os"
	"testing"

	"github.com/verijot/verijot/bindings/go/internal/vectors"
)

func TestEveryVectorIsDecidedTheSameByAnotherEngine(t *testing.T) {
	path := os.Getenv("VERIJOT_WASM")
	if path == "" {
		t.Skip("VERIJOT_WASM names no module; bindings/wasm/build makes one")
	}
	wasm, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Use(wasm); err != nil {
		t.Fatal(err)
	}
	report, err := vectors.RunFolder("../../../testvectors")
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range report.Failures {
		t.Error(failure)
	}
	t.Log(report)
}
