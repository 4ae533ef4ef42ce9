package module

import (
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"
)

func moment(at Moment) func() Moment { return func() Moment { return at } }

// verifierIn makes a verifier, and gives its number, and since when copies know it.
func verifierIn(t *testing.T, instance *Instance) (number int32, since Moment) {
	t.Helper()
	err := instance.Do(func() {
		address, length := instance.Text(`{"issuers": null, "audiences": null}`)
		if Status(instance.Xverijot_verifier(address, length)) != Done {
			t.Error(instance.Answer())
		}
		number, since = instance.Object(0), instance.Changed()
	})
	if err != nil {
		t.Error(err)
	}
	return number, since
}

func isKnown(instance *Instance, verifier int32) bool {
	return Status(instance.Xverijot_policy(verifier)) == Done
}

func fresh(t *testing.T) *Instance {
	t.Helper()
	processors := runtime.GOMAXPROCS(4)
	current.Lock()
	current.instance = nil
	current.Unlock()
	t.Cleanup(func() { runtime.GOMAXPROCS(processors) })
	return Current()
}

func copyOf(t *testing.T, instance *Instance, stale *Instance) *Instance {
	t.Helper()
	one := newCopyOf(instance, stale)
	if one == nil {
		t.Fatal("no copy")
	}
	return one
}

func newCopyOf(instance *Instance, stale *Instance) *Instance {
	instance.lock.Lock()
	defer instance.lock.Unlock()
	one := instance.newCopy(stale)
	if one != nil {
		one.lock.Unlock()
	}
	return one
}

func TestACopyKnowsWhatWasThereWhenItWasMade(t *testing.T) {
	instance := fresh(t)
	early, sinceEarly := verifierIn(t, instance)
	one := copyOf(t, instance, nil)
	late, sinceLate := verifierIn(t, instance)
	for range 3 {
		if err := instance.DoAnywhere(moment(sinceEarly), func(in *Instance) {
			if in != one || !isKnown(in, early) || isKnown(in, late) {
				t.Error("the copy is not as it was made")
			}
		}); err != nil {
			t.Fatal(err)
		}
		if err := instance.DoAnywhere(moment(sinceLate), func(in *Instance) {
			if in != instance || !isKnown(in, late) {
				t.Error("a copy is asked about what it does not know")
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	next := copyOf(t, instance, one)
	if err := instance.DoAnywhere(moment(sinceLate), func(in *Instance) {
		if in != next || !isKnown(in, late) {
			t.Error("the next copy is not as it was made")
		}
	}); err != nil {
		t.Fatal(err)
	}
	if copies := instance.Copies(); len(copies) != 1 {
		t.Error(copies)
	}
}

func TestWhatChangesInACopyStaysThere(t *testing.T) {
	instance := fresh(t)
	verifier, since := verifierIn(t, instance)
	copyOf(t, instance, nil)
	if err := instance.DoAnywhere(moment(since), func(in *Instance) {
		in.Xverijot_verifier_drop(verifier)
		if in == instance || isKnown(in, verifier) {
			t.Error("not dropped")
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := instance.Do(func() {
		if !isKnown(instance, verifier) {
			t.Error("a copy has changed the instance")
		}
	}); err != nil {
		t.Fatal(err)
	}
}

func TestACopyThatFailsHarmsNothingElse(t *testing.T) {
	instance := fresh(t)
	_, since := verifierIn(t, instance)
	one := copyOf(t, instance, nil)
	err := instance.DoAnywhere(moment(since), func(in *Instance) { panic("a trap") })
	if !errors.Is(err, errFailed) || errors.Is(err, ErrTrapped) {
		t.Fatal(err)
	}
	// What was asked there has no answer.
	if err := one.Do(func() {}); err != ErrTrapped {
		t.Error(err)
	}
	if err := instance.DoAnywhere(moment(since), func(in *Instance) {
		if in == one {
			t.Error("it is called again")
		}
	}); err != nil {
		t.Error(err)
	}
	copyOf(t, instance, one)
	if copies := instance.Copies(); len(copies) != 1 || Current() != instance {
		t.Error(copies)
	}
}

func TestAnInstanceThatTrappedHasNoCopies(t *testing.T) {
	instance := fresh(t)
	if err := instance.Do(func() { panic("a trap") }); !errors.Is(err, ErrTrapped) {
		t.Fatal(err)
	}
	if newCopyOf(instance, nil) != nil {
		t.Error("a copy of it")
	}
	if err := instance.DoAnywhere(moment(0), func(*Instance) { t.Error("called") }); err != ErrTrapped {
		t.Error(err)
	}
}

func TestCopiesAreAsManyAsProcessorsAndOfLimitedSize(t *testing.T) {
	instance := fresh(t)
	for range 4 {
		copyOf(t, instance, nil)
	}
	if newCopyOf(instance, nil) != nil {
		t.Error("more copies than processors")
	}
	// Four of them fit into the limit.
	if err := instance.Do(func() { instance.Xverijot_alloc(3 << 20) }); err != nil {
		t.Fatal(err)
	}
	list := *instance.copies.list.Load()
	copyOf(t, instance, list[0])
	if copies := instance.Copies(); len(copies) != 4 {
		t.Error(copies)
	}
	if err := instance.Do(func() { instance.Xverijot_alloc(20 << 20) }); err != nil {
		t.Fatal(err)
	}
	for _, stale := range *instance.copies.list.Load() {
		if newCopyOf(instance, stale) != nil {
			t.Error("larger copies than the limit")
		}
	}
	if copies := instance.Copies(); len(copies) != 0 {
		t.Error(copies)
	}
}

func TestCopiesComeWhenManyCallAtOnce(t *testing.T) {
	instance := fresh(t)
	verifier, since := verifierIn(t, instance)
	call := func(in *Instance) {
		for range 10 {
			if !isKnown(in, verifier) {
				t.Error("unknown")
			}
		}
	}
	for range 100 {
		if err := instance.DoAnywhere(moment(since), call); err != nil {
			t.Fatal(err)
		}
	}
	if copies := instance.Copies(); len(copies) != 0 {
		t.Error("copies for one goroutine alone:", copies)
	}
	var all sync.WaitGroup
	deadline := time.Now().Add(20 * time.Second)
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for len(instance.Copies()) == 0 && time.Now().Before(deadline) {
				if err := instance.DoAnywhere(moment(since), call); err != nil {
					t.Error(err)
				}
				runtime.Gosched()
			}
		}()
	}
	all.Wait()
	if len(instance.Copies()) == 0 {
		t.Error("no copies")
	}
}
