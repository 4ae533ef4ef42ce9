package verijot_test

import (
	"os"
	"testing"

	"github.com/verijot/verijot/bindings/go/internal/vectors"
)

func TestVectors(t *testing.T) {
	folder := os.Getenv("VERIJOT_TESTVECTORS")
	if folder == "" {
		folder = "../../testvectors"
	}
	report, err := vectors.RunFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range report.Failures {
		t.Error(failure)
	}
	t.Log(report)
}
