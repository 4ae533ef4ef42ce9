package verijot

import (
	"strings"
	"testing"
)

// The core refuses an empty object.
func TestNoExpectedClaimsAreSentAsNone(t *testing.T) {
	some := map[string]any{"a": 1}
	for _, options := range [][]map[string]any{{nil}, {{}}, {some, nil}, {nil, some}} {
		settings := verifierSettings{policy: newPolicy("https://a.example", "b")}
		for _, claims := range options {
			WithExpectedClaims(claims).applyToVerifier(&settings)
		}
		document, err := settings.policy.write()
		if err != nil || !strings.Contains(string(document), `"expected_claims":{}`) {
			t.Errorf("%v: %s %v", options, document, err)
		}
	}
}
