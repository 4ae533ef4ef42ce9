package module

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// A Moment is how many changes of lasting objects there were in an instance before.
type Moment uint64

// copies are those of an instance: whole copies of its memory, made while many goroutines call it. Every object is in
// them under the same number, as it was when they were made. What a call changes in a copy is lost with the copy, so
// only calls that change nothing lasting are made there; caches, sessions, key sets over time and kept tokens are
// asked at home alone.
type copies struct {
	// Replaced as a whole while the instance is locked, and never changed.
	list atomic.Pointer[[]*Instance]
	// How many calls found everything in use.
	waits atomic.Uint32
	// The copy that this processor used last, whose memory is near.
	near sync.Pool
}

// Crowded makes every call that may use a copy use one. It is for tests.
var Crowded atomic.Bool

// Changed gives the moment from which on copies know what was just made or changed. The instance is locked.
func (i *Instance) Changed() Moment {
	i.changes++
	return i.changes
}

// DoAnywhere is Do with a copy of the instance, or with the instance itself: for calls that change nothing lasting.
// since, which is called with each copy that may be used locked, gives the moment from which on copies know everything
// that f names.
//
// What f leaves there, such as a question, is asked for in the same copy again, by its Do.
func (i *Instance) DoAnywhere(since func() Moment, f func(*Instance)) error {
	if i.copies.list.Load() == nil && !Crowded.Load() && i.lock.TryLock() {
		return i.doLocked(func() { f(i) })
	}
	return i.doCrowded(since, f)
}

func (i *Instance) doCrowded(since func() Moment, f func(*Instance)) error {
	one, stale, isBusy := i.freeCopy(since)
	if one == nil {
		one = i
		if isFree := i.lock.TryLock(); !isFree {
			isBusy = true
			i.lock.Lock()
		}
		if isBusy && i.copies.waits.Add(1)%waitsForCopy == 0 || Crowded.Load() {
			if fresh := i.newCopy(stale); fresh != nil {
				// The copy knows everything; since notes what f will name.
				_ = since()
				i.lock.Unlock()
				one = fresh
			}
		}
	}
	return one.doLocked(func() { f(one) })
}

// freeCopy gives a copy that nobody uses, locked. Otherwise it gives one that is too old, and whether any is in use.
func (i *Instance) freeCopy(since func() Moment) (free, stale *Instance, isBusy bool) {
	list := i.copies.list.Load()
	if list == nil || len(*list) == 0 {
		return nil, nil, false
	}
	last, _ := i.copies.near.Get().(*Instance)
	first := slices.Index(*list, last)
	if first < 0 {
		first = rand.IntN(len(*list))
	}
	for count := range *list {
		one := (*list)[(first+count)%len(*list)]
		if !one.lock.TryLock() {
			isBusy = true
			continue
		}
		if !one.trapped && since() <= one.changes {
			i.copies.near.Put(one)
			return one, nil, false
		}
		one.lock.Unlock()
		stale = one
	}
	return nil, stale, isBusy
}

// newCopy gives a new copy, locked, in place of one that is too old; nil if there is no room for it. A question that
// the old one still holds is answered there. The instance is locked.
func (i *Instance) newCopy(stale *Instance) *Instance {
	var list []*Instance
	if known := i.copies.list.Load(); known != nil {
		list = slices.DeleteFunc(slices.Clone(*known), func(one *Instance) bool { return one == stale })
	}
	// With one for each processor, the instance itself is free for what only it can do.
	processors := runtime.GOMAXPROCS(0)
	octets := len(*i.memory.Slice()) * (len(list) + 1)
	hasRoom := processors > 1 && len(list) < processors && octets <= mostCopied || Crowded.Load() && len(list) == 0
	var one *Instance
	if hasRoom && !i.trapped {
		one = i.copied()
	}
	if one != nil {
		one.lock.Lock()
		list = append(list, one)
	}
	i.copies.list.Store(&list)
	return one
}

// copied copies the instance, which is locked, so that no call is under way. Nil if there is no memory.
func (i *Instance) copied() *Instance {
	functions := New()
	one := &Instance{
		Functions: functions, memory: functions.Xmemory(), isCopy: true, changes: i.changes,
		// They are in the copy at the same places.
		answer: i.answer, scratch: i.scratch, room: i.room,
	}
	octets := *i.memory.Slice()
	if missing := len(octets) - len(*one.memory.Slice()); missing > 0 &&
		one.memory.Grow(int64(missing/page), most/page) < 0 {
		return nil
	}
	copy(*one.memory.Slice(), octets)
	return one
}

// Copies gives the sizes of the memories of the instance's copies.
func (i *Instance) Copies() []int {
	var sizes []int
	if list := i.copies.list.Load(); list != nil {
		for _, one := range *list {
			sizes = append(sizes, one.MemoryOctets())
		}
	}
	return sizes
}

const (
	// Calls that have to wait before a copy is made. A call that waits is put to sleep, which costs about as much time as
	// making a copy.
	waitsForCopy = 4
	// Octets of all copies together.
	mostCopied = 16 << 20
	// Octets of a page of memory.
	page = 64 << 10
)
