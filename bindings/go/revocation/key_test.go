package revocation

import (
	"strings"
	"testing"
)

func TestKeysAreThoseOfTheOtherLanguages(t *testing.T) {
	long := strings.Repeat("x", 256)
	for text, key := range map[string]string{
		"7f3a":                   "7f3a",
		"https://x/?y=1#z":       "https://x/?y=1#z",
		"SHA256:":                "SHA256:",
		strings.Repeat("x", 255): strings.Repeat("x", 255),
		"":                       "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	} {
		if exact(text) != key {
			t.Errorf("%q: %q", text, exact(text))
		}
	}
	for _, text := range []string{"a ", "a\x00", "é", "a\x7f", long, "sha256:x"} {
		if key := exact(text); len(key) != 71 || !strings.HasPrefix(key, "sha256:") {
			t.Errorf("%q: %q", text, key)
		}
	}
	if key := keyOf("https://issuer.example", "a"); key != "https://issuer.example a" {
		t.Error(key)
	}
}
