package verijot_test

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/verijot/verijot/bindings/go/internal/module"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

// VERIJOT_VERIFICATIONS is how many; a million in bindings/go/test.
func TestMemoryStaysFlat(t *testing.T) {
	count, err := strconv.Atoi(os.Getenv("VERIJOT_VERIFICATIONS"))
	if err != nil {
		count = 20_000
	}
	at := issuerOf(t)
	client := clientOf(t, at)
	secret := verijottest.NewKey("EdDSA")
	good, forged := at.Mint(audience, nil), secret.Mint(at.URL, audience, nil)
	expired := at.Mint(audience, map[string]any{"exp": 1})
	// As many goroutines as processors, so that there are copies of the core's memory.
	processors := runtime.GOMAXPROCS(0)
	run := func(count int) (heap uint64, core int, copies []int) {
		var all sync.WaitGroup
		for range processors {
			all.Add(1)
			go func() {
				defer all.Done()
				for number := range count / processors {
					raw := []string{good, expired, "no.token.at.all", good + "A"}[number%4]
					if number%1000 == 0 {
						raw = forged
					}
					if _, err := client.Verify(context.Background(), raw); (err == nil) != (raw == good) {
						t.Error(err)
						return
					}
				}
			}()
		}
		all.Wait()
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		heap, core, copies = stats.HeapAlloc, module.Current().MemoryOctets(), module.Current().Copies()
		for _, octets := range copies {
			heap -= uint64(octets)
		}
		return heap, core, copies
	}
	heap, core, _ := run(2_000)
	heapAfter, coreAfter, copies := run(count)
	if heapAfter > heap+2<<20 || coreAfter > core {
		t.Errorf("the heap grows from %d to %d, the core's memory from %d to %d", heap, heapAfter, core, coreAfter)
	}
	for _, octets := range copies {
		// Another test has four processors.
		if octets > core+64<<10 || len(copies) > max(processors, 4) {
			t.Errorf("copies of %d octets of a memory of %d", copies, core)
		}
	}
	t.Logf("%d verifications: heap %d to %d octets, core %d to %d, copies %d", count, heap, heapAfter, core, coreAfter, copies)
}

func TestWhatIsForgottenIsFreed(t *testing.T) {
	key := verijottest.NewKey("RS256")
	make := func(count int) int {
		for range count {
			keysOf(t, key)
			verifierOf(t)
		}
		for range 3 {
			runtime.GC()
		}
		return module.Current().MemoryOctets()
	}
	before := make(2_000)
	for range 5 {
		make(2_000)
	}
	if after := make(2_000); after > before+1<<20 {
		t.Errorf("the core's memory grows from %d to %d", before, after)
	}
}
