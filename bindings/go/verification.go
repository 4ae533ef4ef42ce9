package verijot

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
	"github.com/verijot/verijot/bindings/go/internal/signature"
)

// What is verified: a JWT, a JWS with any payload, or a JWT whose checks are to be explained.
const (
	modeJWT     = 0
	modeJWS     = 1
	modeExplain = 2
)

// A clock gives the time, once for each half of a verification.
type clock func() time.Time

// A verification is one token's: the core asks, Go answers, the core goes on.
type verification struct {
	instance *module.Instance
	verifier int32
	longest  int
	keys     *loadedKeys
	raw      string
	mode     int32
	now      clock
	// concluded is called with the instance still locked, because the core knows only the last token that it
	// accepted, and its last refusal. Without it, the end is that of a JWT.
	concluded func(module.Status)
	// The key that verified the signature; nil for a secret, which the core verified with.
	by *loadedKey
	// Of a JWT: where it is remembered, who is told of a refusal that other keys might turn, and how it ended. A
	// function with variables of its own would cost more than these.
	tokens  *rememberedTokens
	refused func(int32)
	token   *Token
	verdict error
}

func (v *verification) conclude(status module.Status) {
	if v.concluded != nil {
		v.concluded(status)
		return
	}
	switch status {
	case module.Done:
		v.token, v.verdict = acceptedToken(v.instance, v.by)
		if v.tokens != nil && v.verdict == nil {
			v.tokens.keep(v.raw, v.keys, v.token)
		}
	case module.Refused:
		v.verdict = refusalAnd(v.instance, v.refused)
	default:
		v.verdict = unexpected(v.instance, status)
	}
}

// run verifies. An error means that nobody can say whether the token is good.
func (v *verification) run() error {
	for {
		var question asked
		// A clock is the caller's, and is not asked while the core is locked.
		now := v.now()
		err := v.instance.Do(func() { v.begin(&question, now) })
		if err != nil || question.number == 0 {
			return err
		}
		again, err := v.answer(&question)
		if err != nil || !again {
			return err
		}
	}
}

// asked is a question, copied out of the core.
type asked struct {
	number     int32
	algorithm  signature.Algorithm
	octets     int
	count      int
	candidates [4]*loadedKey
	scratch    *scratch
}

type scratch struct{ message, signature []byte }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (v *verification) begin(question *asked, now time.Time) {
	seconds, nanoseconds := instant(now)
	longest := v.longest
	if v.mode == modeExplain {
		longest = math.MaxInt
	}
	address, length := placeOf(v.instance, v.raw, longest)
	status := module.Status(v.instance.Xverijot_verify(
		v.verifier, v.keys.number, address, length, v.mode, seconds, nanoseconds))
	if status != module.Question {
		v.conclude(status)
		return
	}
	question.number = v.instance.Object(0)
	question.algorithm = signature.Algorithm(v.instance.Object(1))
	question.octets = int(v.instance.Object(2))
	question.count = min(int(v.instance.Object(3)), len(question.candidates))
	for place := range question.count {
		position := int(v.instance.Object(4 + place))
		if position < len(v.keys.keys) {
			question.candidates[place] = v.keys.keys[position]
		}
	}
	question.scratch = scratches.Get().(*scratch)
	question.scratch.signature = append(question.scratch.signature[:0], v.instance.AnswerView()...)
}

// answer verifies the signature, which needs no lock, and tells the core. It gives whether to begin again,
// because a key is skipped now.
func (v *verification) answer(question *asked) (again bool, err error) {
	defer scratches.Put(question.scratch)
	octets := question.scratch
	octets.message = append(octets.message[:0], v.raw[:min(question.octets, len(v.raw))]...)
	const none = -1
	verifiedBy := int32(none)
	var unloadable *loadedKey
	for place := range question.count {
		key := question.candidates[place]
		if key == nil {
			continue
		}
		isGood, problem := signature.Verify(key.key, question.algorithm, octets.message, octets.signature)
		if problem != nil {
			unloadable, err = key, problem
			break
		}
		if isGood {
			verifiedBy = int32(place)
			v.by = key
			break
		}
	}
	var skipping error
	now := v.now()
	trapped := v.instance.Do(func() {
		if err == nil {
			seconds, nanoseconds := instant(now)
			v.conclude(module.Status(v.instance.Xverijot_answer_question(
				question.number, verifiedBy, seconds, nanoseconds)))
			return
		}
		v.instance.Xverijot_question_drop(question.number)
		if _, isUntested := err.(*signature.SelfTestError); !isUntested {
			skipping = v.keys.skip(unloadable)
			again = true
		}
	})
	switch {
	case trapped != nil:
		return false, trapped
	case again:
		return skipping == nil, skipping
	}
	return false, err
}

// placeOf writes a token for one call. Of one that is too long nothing is read.
func placeOf(instance *module.Instance, raw string, longest int) (address, length int32) {
	if len(raw) > longest {
		return int32(instance.Reserve(0)), int32(uint32(min(uint64(len(raw)), math.MaxUint32)))
	}
	return instance.Text(raw)
}

// instant is a time as the core takes it.
func instant(at time.Time) (seconds float64, nanoseconds int32) {
	return float64(at.Unix()), int32(at.Nanosecond())
}

// unexpected is a status that the core does not give here.
func unexpected(instance *module.Instance, status module.Status) error {
	if status == module.Unusable {
		return setupErrorOf(instance.AnswerView())
	}
	return fmt.Errorf("verijot: the core ended with %d", status)
}

var nan = math.NaN()
