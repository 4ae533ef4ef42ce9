package verijot

import (
	"runtime"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// rememberedTokens are the accepted tokens of one verifier, under one set of keys: other keys begin again, and
// so does a key that is skipped. Everything in it is used while the instance is locked.
type rememberedTokens struct {
	kept *keptTokens
	most int
	keys *describedKeys
}

type keptTokens struct {
	instance *module.Instance
	tokens   map[string]keptToken
	// The texts in the order in which they came, from next on.
	order []string
	next  int
}

type keptToken struct {
	token  *Token
	number int32
}

func newRememberedTokens(instance *module.Instance, most int) *rememberedTokens {
	tokens := &rememberedTokens{most: most, kept: &keptTokens{instance: instance, tokens: map[string]keptToken{}}}
	runtime.AddCleanup(tokens, func(kept *keptTokens) { _ = kept.instance.Do(kept.clear) }, tokens.kept)
	return tokens
}

// find gives a token that was accepted before, whose dates are still good. then, unless it is nil, makes further
// checks of it, with its number in the core.
func (r *rememberedTokens) find(
	verifier int32, raw string, keys *loadedKeys, now clock, then func(int32, *Token, time.Time) error,
) (*Token, error) {
	var token *Token
	var refused error
	at := now()
	seconds, nanoseconds := instant(at)
	err := r.kept.instance.Do(func() {
		// Those of a closed set have another number than any set; its tokens are verified in vain.
		if now := keys.now(); now != r.keys || now.number == 0 {
			return
		}
		known, isKnown := r.kept.tokens[raw]
		if !isKnown {
			return
		}
		switch status := module.Status(r.kept.instance.Xverijot_check_again(
			verifier, known.number, seconds, nanoseconds)); status {
		case module.Done:
			token = known.token
			if then != nil {
				refused = then(known.number, token, at)
			}
		case module.Refused:
			refused = refusalOf(r.kept.instance.AnswerView())
		default:
			refused = unexpected(r.kept.instance, status)
		}
	})
	if err == nil {
		err = refused
	}
	return token, err
}

// keep remembers the token that the core has just accepted. The instance is locked.
func (r *rememberedTokens) keep(raw string, keys *loadedKeys, token *Token) {
	if now := keys.now(); now != r.keys {
		r.kept.clear()
		r.keys = now
	}
	if module.Status(r.kept.instance.Xverijot_keep()) != module.Done {
		return
	}
	kept := keptToken{token, r.kept.instance.Object(0)}
	if known, isKnown := r.kept.tokens[raw]; isKnown {
		// Another goroutine was faster.
		r.kept.instance.Xverijot_forget(known.number)
		r.kept.tokens[raw] = kept
		return
	}
	if len(r.kept.order) < r.most {
		r.kept.order = append(r.kept.order, raw)
	} else {
		oldest := r.kept.order[r.kept.next]
		r.kept.instance.Xverijot_forget(r.kept.tokens[oldest].number)
		delete(r.kept.tokens, oldest)
		r.kept.order[r.kept.next] = raw
		r.kept.next = (r.kept.next + 1) % r.most
	}
	r.kept.tokens[raw] = kept
}

func (r *rememberedTokens) clear() { _ = r.kept.instance.Do(r.kept.clear) }

// clear forgets every token. The instance is locked.
func (k *keptTokens) clear() {
	for _, known := range k.tokens {
		k.instance.Xverijot_forget(known.number)
	}
	clear(k.tokens)
	k.order, k.next = nil, 0
}
