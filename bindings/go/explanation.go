package verijot

import (
	"encoding/json"
	"runtime"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// An Explanation is what became of one verification. It holds no token, signature or key, and of the claims
// only dates.
type Explanation struct {
	// Steps are every check in order.
	Steps []Step
	// Err is the error that Verify gives, a [*Error]; nil if it accepts.
	Err error
	// Text has a line for each check, then one for the verdict.
	Text string
}

// A Step is one check.
type Step struct {
	// Check is a stable name.
	Check string
	// Outcome is "passed", "failed" or "not_made".
	Outcome string
	// Detail says more; it may be empty.
	Detail string
	// Date is the date that a passed check was about; the zero time if the token has none.
	Date time.Time
}

// Explain makes every check of [Verifier.Verify] but those of tenants and revocation. An error means that nobody can say
// whether the token is good.
func (v *Verifier) Explain(raw string, keys *JWKSet) (*Explanation, error) {
	if keys == nil {
		return nil, errNoKeys
	}
	explanation, err := v.explain(raw, keys.loadedKeys, v.clock)
	runtime.KeepAlive(keys)
	return explanation, err
}

// ExplainAt is [Verifier.Explain] at another time than the clock's.
func (v *Verifier) ExplainAt(raw string, keys *JWKSet, now time.Time) (*Explanation, error) {
	if keys == nil {
		return nil, errNoKeys
	}
	explanation, err := v.explain(raw, keys.loadedKeys, func() time.Time { return now })
	runtime.KeepAlive(keys)
	return explanation, err
}

func (v *Verifier) explain(raw string, keys *loadedKeys, now clock) (*Explanation, error) {
	if keys.instance != v.instance {
		return nil, module.ErrTrapped
	}
	var explanation *Explanation
	var problem error
	verification := verification{
		home: v.instance, verifier: v.coreVerifier, keys: keys, raw: raw, mode: modeExplain, now: now,
		concluded: func(instance *module.Instance, status module.Status) {
			if status != module.Done {
				problem = unexpected(instance, status)
				return
			}
			explanation, problem = explanationOf(instance.AnswerView())
		},
	}
	err := verification.run()
	runtime.KeepAlive(v)
	if err == nil {
		err = problem
	}
	if err != nil {
		return nil, err
	}
	return explanation, nil
}

func explanationOf(text []byte) (*Explanation, error) {
	var written struct {
		Steps []struct {
			Check   string   `json:"check"`
			Outcome string   `json:"outcome"`
			Detail  string   `json:"detail"`
			Date    *float64 `json:"date"`
		} `json:"steps"`
		Refusal *refusal `json:"refusal"`
		Text    string   `json:"text"`
	}
	if err := json.Unmarshal(text, &written); err != nil {
		return nil, err
	}
	explanation := &Explanation{Text: written.Text}
	for _, step := range written.Steps {
		date := nan
		if step.Date != nil {
			date = *step.Date
		}
		explanation.Steps = append(explanation.Steps, Step{step.Check, step.Outcome, step.Detail, dateOf(date)})
	}
	if written.Refusal != nil {
		explanation.Err = written.Refusal.error()
	}
	return explanation, nil
}
