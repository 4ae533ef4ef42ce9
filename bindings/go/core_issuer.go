package verijot

import (
	"time"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// coreIssuer is the core's cache of one issuer's keys. It says what to do, and does nothing itself. Its methods
// are called while the instance is locked.
type coreIssuer struct {
	instance *module.Instance
	number   int32
	// Where its keys come from.
	place string
	// The latest sets, the newest last; the core drops those that were replaced long ago.
	sets []*loadedKeys
}

// A reading is what both clocks say.
type reading struct {
	monotonic   float64
	seconds     float64
	nanoseconds int32
}

type clocks struct {
	wall      clock
	monotonic func() time.Duration
}

func (c clocks) read() reading {
	seconds, nanoseconds := instant(c.wall())
	return reading{c.monotonic().Seconds(), seconds, nanoseconds}
}

var started = time.Now()

// elapsed is Go's monotonic clock.
func elapsed() time.Duration { return time.Since(started) }

// next is what to do for a token.
type next struct {
	// With module.Done use keys, and start fetch without waiting for it unless it is zero; with module.Fetch
	// run it, wait for atMost and ask again; with module.Wait wait for the fetch under way and ask again.
	status module.Status
	keys   *loadedKeys
	fetch  int32
	atMost time.Duration
	err    error
}

func newCoreIssuer(verifier *Verifier, options module.Options) (*coreIssuer, error) {
	issuer := &coreIssuer{instance: verifier.instance}
	var problem error
	err := issuer.instance.Do(func() {
		place := issuer.instance.Octets(options.Octets())[0]
		status := issuer.instance.Xverijot_issuer(verifier.number.Load(), place.Address, place.Length)
		if module.Status(status) != module.Done {
			problem = setupErrorOf(issuer.instance.AnswerView())
			return
		}
		issuer.number = issuer.instance.Object(0)
		issuer.place = issuer.instance.Answer()
	})
	if err == nil {
		err = problem
	}
	if err != nil {
		return nil, err
	}
	return issuer, nil
}

// present gives the keys that most tokens can be verified with now, without asking; nil if there are none.
func (i *coreIssuer) present(now reading) *loadedKeys {
	status := i.instance.Xverijot_issuer_present_keys(i.number, now.monotonic, now.seconds, now.nanoseconds)
	if module.Status(status) != module.Done {
		return nil
	}
	keys, _ := i.set(i.instance.Object(0))
	return keys
}

// held gives the keys that are held, fresh or stale; nil if there are none.
func (i *coreIssuer) held() *loadedKeys {
	if module.Status(i.instance.Xverijot_issuer_held_keys(i.number)) != module.Done {
		return nil
	}
	keys, _ := i.set(i.instance.Object(0))
	return keys
}

// keysFor says what to do for a token that came when the monotonic clock said asked; without one, for any keys.
func (i *coreIssuer) keysFor(verifier *coreVerifier, raw *string, asked float64, now reading) next {
	var address, length int32
	if raw != nil {
		address, length = placeOf(i.instance, *raw, verifier.longest)
	}
	return i.next(i.instance.Xverijot_issuer_keys(
		i.number, verifier.number.Load(), address, length, asked, now.monotonic, now.seconds, now.nanoseconds))
}

// reconsider says what to do about the refusal that the core gave last, under its number.
func (i *coreIssuer) reconsider(
	refusal int32, keys *loadedKeys, verifier *coreVerifier, raw string, asked float64, now reading,
) next {
	address, length := placeOf(i.instance, raw, verifier.longest)
	return i.next(i.instance.Xverijot_issuer_reconsider(
		i.number, refusal, keys.now().number, verifier.number.Load(), address, length,
		asked, now.monotonic, now.seconds, now.nanoseconds))
}

func (i *coreIssuer) refreshNow(asked float64, now reading) next {
	return i.next(i.instance.Xverijot_issuer_refresh_now(
		i.number, asked, now.monotonic, now.seconds, now.nanoseconds))
}

func (i *coreIssuer) has(keys *loadedKeys) bool {
	for _, known := range i.sets {
		if known == keys {
			return true
		}
	}
	return false
}

func (i *coreIssuer) next(ended int32) next {
	status := module.Status(ended)
	switch status {
	case module.Done:
		number, fetch := i.instance.Object(0), i.instance.Object(1)
		keys, err := i.set(number)
		return next{status: status, keys: keys, fetch: fetch, err: err}
	case module.Fetch:
		return next{status: status, fetch: i.instance.Object(0), atMost: seconds(i.instance.Number(1))}
	case module.Wait:
		return next{status: status, atMost: seconds(i.instance.Number(0))}
	case module.Refused:
		return next{status: status, err: refusalOf(i.instance.AnswerView())}
	}
	return next{status: status, err: unexpected(i.instance, status)}
}

// set gives the keys of a set, which the core drops.
func (i *coreIssuer) set(number int32) (*loadedKeys, error) {
	for _, known := range i.sets {
		if known.now().number == number {
			return known, nil
		}
	}
	keys := &loadedKeys{instance: i.instance}
	if err := keys.describe(number); err != nil {
		return nil, err
	}
	if len(i.sets) >= keptSets {
		i.sets = append([]*loadedKeys(nil), i.sets[1:]...)
	}
	i.sets = append(i.sets, keys)
	return keys, nil
}

func (i *coreIssuer) drop() {
	_ = i.instance.Do(func() { i.instance.Xverijot_issuer_drop(i.number) })
}

// As many as the core keeps.
const keptSets = 2
