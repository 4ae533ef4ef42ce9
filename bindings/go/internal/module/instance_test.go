package module

import (
	"errors"
	"testing"
)

func TestAnInstanceThatTrappedIsUsedNoMore(t *testing.T) {
	instance := Current()
	if err := instance.Do(func() { panic("a trap") }); !errors.Is(err, ErrTrapped) {
		t.Fatal(err)
	}
	called := false
	if err := instance.Do(func() { called = true }); !errors.Is(err, ErrTrapped) || called {
		t.Error(err)
	}
	if Current() == instance {
		t.Error("a new object belongs to the instance that trapped")
	}
}

func TestTooManyOctetsAreNoTrap(t *testing.T) {
	instance := Current()
	if err := instance.Do(func() { instance.Reserve(most + 1) }); err != ErrTooLarge {
		t.Fatal(err)
	}
	if err := instance.Do(func() { instance.Text("a") }); err != nil {
		t.Error(err)
	}
}
