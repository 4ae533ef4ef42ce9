// Package module calls the core: how octets get in, and how answers get out.
//
// Every call takes numbers and octets, and leaves a status, a text and numbers that are good until the next
// call (bindings/wasm/README.md). Whatever a call left is read before the lock is given back.
package module

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/verijot/verijot/bindings/go/internal/core"
)

// Status is how a call ended.
type Status int32

// The statuses of bindings/wasm/README.md.
const (
	Done Status = iota
	Refused
	Unusable
	Question
	Fetch
	Wait
	Nothing
)

// ErrTrapped says that the core failed, which is a fault of it; its objects cannot be used any more.
var ErrTrapped = errors.New("verijot: the core failed; what was made before can verify nothing any more")

// errFailed says that a copy of an instance failed, which harms nothing but this call.
var errFailed = errors.New("verijot: the core failed")

// ErrTooLarge says that octets are more than a call can have.
var ErrTooLarge = errors.New("verijot: too many octets for one call")

// New starts the engine of an instance. Tests replace it by another engine.
var New = func() core.Functions { return core.New() }

// An Instance is the core with a memory of its own. One goroutine at a time calls it; what changes nothing that lasts,
// others call meanwhile in copies of it.
type Instance struct {
	core.Functions
	memory  core.Memory
	lock    sync.Mutex
	trapped bool
	answer  uint32
	scratch uint32
	room    uint32
	changes Moment
	isCopy  bool
	copies  copies
}

var current struct {
	sync.Mutex
	instance *Instance
}

// Current gives the instance that new objects belong to.
func Current() *Instance {
	current.Lock()
	defer current.Unlock()
	if current.instance == nil || current.instance.isTrapped() {
		functions := New()
		instance := &Instance{Functions: functions, memory: functions.Xmemory()}
		instance.answer = uint32(functions.Xverijot_answer())
		current.instance = instance
	}
	return current.instance
}

// Do calls f, which alone uses the instance meanwhile, and calls nothing that is not this module's. An error means
// that the core failed, or that there is no room for the octets of a call.
func (i *Instance) Do(f func()) error {
	i.lock.Lock()
	return i.doLocked(f)
}

// doLocked is Do with the instance locked, and unlocks it.
func (i *Instance) doLocked(f func()) (err error) {
	defer i.lock.Unlock()
	if i.trapped {
		return ErrTrapped
	}
	defer func() {
		if i.trapped {
			reason := recover()
			if reason == ErrTooLarge {
				// Nothing was called.
				i.trapped, err = false, ErrTooLarge
				return
			}
			failed := ErrTrapped
			if i.isCopy {
				failed = errFailed
			}
			err = fmt.Errorf("%w: %v", failed, reason)
		}
	}()
	i.trapped = true
	f()
	i.trapped = false
	return nil
}

func (i *Instance) isTrapped() bool {
	i.lock.Lock()
	defer i.lock.Unlock()
	return i.trapped
}

// Text writes a text for one call, and gives its address and its length.
func (i *Instance) Text(text string) (address, length int32) {
	place := i.Reserve(len(text))
	copy((*i.memory.Slice())[place:], text)
	return int32(place), int32(len(text))
}

// Octets writes several octets for one call. Nil are octets that are left out.
func (i *Instance) Octets(values ...[]byte) []Place {
	total := 0
	for _, value := range values {
		total += len(value)
	}
	address := i.Reserve(total)
	memory := *i.memory.Slice()
	places := make([]Place, len(values))
	for index, value := range values {
		if value == nil {
			continue
		}
		copy(memory[address:], value)
		places[index] = Place{int32(address), int32(len(value))}
		address += uint32(len(value))
	}
	return places
}

// A Place is where octets are.
type Place struct{ Address, Length int32 }

// Reserve gives room for octets, until the next call that has octets. Its address is not zero.
func (i *Instance) Reserve(octets int) uint32 {
	if i.scratch != 0 && uint64(octets) <= uint64(i.room) && (i.room <= kept || octets > kept) {
		return i.scratch
	}
	if octets > most {
		panic(ErrTooLarge)
	}
	if i.scratch != 0 {
		i.Xverijot_free(int32(i.scratch), int32(i.room))
		i.scratch = 0
	}
	wanted := max(octets, scratch)
	i.scratch = uint32(i.Xverijot_alloc(int32(wanted)))
	if i.scratch == 0 {
		panic(ErrTooLarge)
	}
	i.room = uint32(wanted)
	return i.scratch
}

// AnswerView gives the text that the last call left, until the next call.
func (i *Instance) AnswerView() []byte {
	memory := *i.memory.Slice()
	address := binary.LittleEndian.Uint32(memory[i.answer:])
	length := binary.LittleEndian.Uint32(memory[i.answer+4:])
	return memory[address : address+length]
}

// Answer gives the text that the last call left.
func (i *Instance) Answer() string {
	return string(i.AnswerView())
}

// Number gives a number that the last call left.
func (i *Instance) Number(index int) float64 {
	memory := *i.memory.Slice()
	return math.Float64frombits(binary.LittleEndian.Uint64(memory[int(i.answer)+8+8*index:]))
}

// Object gives a number that the last call left as that of an object or a count.
func (i *Instance) Object(index int) int32 {
	return int32(uint32(i.Number(index)))
}

const (
	// Octets that a call usually has room for.
	scratch = 64 << 10
	// Octets that are kept for the next call.
	kept = 1 << 20
	// Octets of one call.
	most = 256 << 20
)

// MemoryOctets is the size of the instance's memory, without that of its copies.
func (i *Instance) MemoryOctets() int {
	i.lock.Lock()
	defer i.lock.Unlock()
	return len(*i.memory.Slice())
}
