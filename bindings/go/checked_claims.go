package verijot

import (
	"encoding/json"
	"fmt"
	"time"
)

// checkedClaims are what the results of all profiles have.
type checkedClaims struct {
	token   *Token
	claims  []byte
	members map[string]json.RawMessage
}

func newCheckedClaims(found *checked) (*checkedClaims, error) {
	claims := &checkedClaims{token: found.token, claims: found.claims}
	if err := json.Unmarshal(found.claims, &claims.members); err != nil {
		return nil, err
	}
	return claims, nil
}

// Token gives the token with all its claims, of which only some were checked for this kind of token.
func (c *checkedClaims) Token() *Token { return c.token }

// Checked gives the claims that were checked, as far as they are there: a JSON object.
func (c *checkedClaims) Checked() []byte { return append([]byte(nil), c.claims...) }

// Issuer gives iss.
func (c *checkedClaims) Issuer() string { return c.text("iss") }

// Format shows no claim, as that of [Token] does.
func (c *checkedClaims) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, c.token) }

// text gives a string; empty if there is none.
func (c *checkedClaims) text(name string) string {
	var text string
	_ = json.Unmarshal(c.members[name], &text)
	return text
}

func (c *checkedClaims) texts(name string) []string { return listOf(c.members[name]) }

// date gives a date; the zero time if there is none.
func (c *checkedClaims) date(name string) time.Time {
	seconds := nan
	if json.Unmarshal(c.members[name], &seconds) != nil {
		seconds = nan
	}
	return dateOf(seconds)
}
