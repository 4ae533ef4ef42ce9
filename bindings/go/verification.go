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

// A verification is one token's: the core asks, Go answers, the core goes on. It runs in any copy of the instance, unless
// what it ends with is kept there.
type verification struct {
	home     *module.Instance
	verifier *coreVerifier
	keys     *loadedKeys
	// What a copy knows of them.
	described *describedKeys
	raw       string
	mode      int32
	now       clock
	// atHome keeps it out of copies.
	atHome bool
	// concluded is called with the instance that it ran in, still locked, because the core knows only the last token
	// that it accepted, and its last refusal. Without it, the end is that of a JWT.
	concluded func(*module.Instance, module.Status)
	// The key that verified the signature; nil for a secret, which the core verified with.
	by *loadedKey
	// Of a JWT: where it is remembered, and how it ended. A function with variables of its own would cost more than
	// these.
	tokens  *rememberedTokens
	token   *Token
	verdict error
	// refused is told of a refusal that other keys might turn. Only at home the core can say more about it.
	refused func(int32)
	// What was answered in a copy, which is the answer at home too.
	answered answered
}

// answered are the keys that were tried, and which of them verified the signature.
type answered struct {
	isThere    bool
	algorithm  signature.Algorithm
	candidates [4]*loadedKey
	verifiedBy int32
}

// conclude ends a verification. It gives whether to verify again, at home.
func (v *verification) conclude(instance *module.Instance, status module.Status) (again bool) {
	if status == module.Refused && v.refused != nil && instance != v.home && mayTurn(instance) {
		v.atHome = true
		return true
	}
	if v.concluded != nil {
		v.concluded(instance, status)
		return false
	}
	switch status {
	case module.Done:
		v.token, v.verdict = acceptedToken(instance, v.home, v.by)
		if v.tokens != nil && v.verdict == nil {
			v.tokens.keep(v.raw, v.keys, v.token)
		}
	case module.Refused:
		v.verdict = refusalAnd(instance, v.refused)
	default:
		v.verdict = unexpected(instance, status)
	}
	return false
}

// run verifies. An error means that nobody can say whether the token is good.
func (v *verification) run() error {
	for {
		var question asked
		var again bool
		// A clock is the caller's, and is not asked while the core is locked.
		now := v.now()
		begin := func(instance *module.Instance) { again = v.begin(instance, &question, now) }
		var err error
		if v.atHome || v.tokens != nil {
			err = v.home.Do(func() { begin(v.home) })
		} else {
			err = v.home.DoAnywhere(v.since, begin)
		}
		if err == nil && question.number != 0 {
			again, err = v.answer(&question)
		}
		if err != nil || !again {
			return err
		}
	}
}

// since is the moment from which on copies know the verifier and the keys. A copy is locked.
func (v *verification) since() module.Moment {
	v.described = v.keys.now()
	return max(v.verifier.since, v.described.since)
}

// asked is a question, copied out of the core.
type asked struct {
	instance   *module.Instance
	number     int32
	algorithm  signature.Algorithm
	octets     int
	count      int
	candidates [4]*loadedKey
	scratch    *scratch
}

type scratch struct{ message, signature []byte }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// begin verifies up to a question, or to the end. It gives whether to begin again.
func (v *verification) begin(instance *module.Instance, question *asked, now time.Time) (again bool) {
	seconds, nanoseconds := instant(now)
	longest := v.verifier.longest
	if v.mode == modeExplain {
		longest = math.MaxInt
	}
	keys := v.described
	if instance == v.home {
		keys = v.keys.now()
	}
	address, length := placeOf(instance, v.raw, longest)
	status := module.Status(instance.Xverijot_verify(
		v.verifier.number.Load(), keys.number, address, length, v.mode, seconds, nanoseconds))
	if status != module.Question {
		return v.conclude(instance, status)
	}
	question.instance = instance
	question.number = instance.Object(0)
	question.algorithm = signature.Algorithm(instance.Object(1))
	question.octets = int(instance.Object(2))
	question.count = min(int(instance.Object(3)), len(question.candidates))
	for place := range question.count {
		position := int(instance.Object(4 + place))
		if position < len(keys.keys) {
			question.candidates[place] = keys.keys[position]
		}
	}
	question.scratch = scratches.Get().(*scratch)
	question.scratch.signature = append(question.scratch.signature[:0], instance.AnswerView()...)
	return false
}

// answer verifies the signature, which needs no lock, and tells the core. It gives whether to begin again,
// because a key is skipped now, or because only the core at home can say more.
func (v *verification) answer(question *asked) (again bool, err error) {
	isOver := false
	defer func() {
		scratches.Put(question.scratch)
		if !isOver {
			// The caller's clock panicked, or nobody can say.
			_ = question.instance.Do(func() { question.instance.Xverijot_question_drop(question.number) })
		}
	}()
	verifiedBy, unloadable, problem := v.tried(question)
	if problem != nil {
		if _, isUntested := problem.(*signature.SelfTestError); isUntested {
			return false, problem
		}
		var skipping error
		if err := v.home.Do(func() { skipping = v.keys.skip(unloadable) }); err != nil {
			return false, err
		}
		return skipping == nil, skipping
	}
	now := v.now()
	isOver = true
	instance := question.instance
	err = instance.Do(func() {
		seconds, nanoseconds := instant(now)
		again = v.conclude(instance, module.Status(instance.Xverijot_answer_question(
			question.number, verifiedBy, seconds, nanoseconds)))
	})
	if err == module.ErrTrapped && instance != v.home {
		// Another call made the copy fail, which harms this one no more than any.
		v.atHome = true
		return true, nil
	}
	return again, err
}

// tried gives which key verifies the signature, by its place, or -1. A problem is of a key that nobody can say it of.
func (v *verification) tried(question *asked) (verifiedBy int32, unloadable *loadedKey, problem error) {
	const none = -1
	if v.answered.isThere && v.answered.algorithm == question.algorithm && v.answered.candidates == question.candidates {
		return v.answered.verifiedBy, nil, nil
	}
	octets := question.scratch
	octets.message = append(octets.message[:0], v.raw[:min(question.octets, len(v.raw))]...)
	verifiedBy = none
	for place := range question.count {
		key := question.candidates[place]
		if key == nil {
			continue
		}
		isGood, problem := signature.Verify(key.key, question.algorithm, octets.message, octets.signature)
		if problem != nil {
			return none, key, problem
		}
		if isGood {
			verifiedBy = int32(place)
			v.by = key
			break
		}
	}
	if question.instance != v.home {
		v.answered = answered{true, question.algorithm, question.candidates, verifiedBy}
	}
	return verifiedBy, nil, nil
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
