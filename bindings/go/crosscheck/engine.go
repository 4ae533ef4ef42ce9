// Package crosscheck runs the core by wazero in place of the translated source, so that every vector is
// decided by two engines.
package crosscheck

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/verijot/verijot/bindings/go/internal/core"
	"github.com/verijot/verijot/bindings/go/internal/module"
)

// Use makes every instance from here on one of wazero's.
func Use(wasm []byte) error {
	ctx := context.Background()
	runtime := wazero.NewRuntime(ctx)
	compiled, err := runtime.CompileModule(ctx, wasm)
	if err != nil {
		return err
	}
	module.New = func() core.Functions {
		instance, err := runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(""))
		if err != nil {
			panic(err)
		}
		return &engine{instance: instance, functions: map[string]api.Function{}}
	}
	return nil
}

type engine struct {
	instance  api.Module
	functions map[string]api.Function
	memory    []byte
}

func (w *engine) call(name string, arguments ...any) uint64 {
	function := w.functions[name]
	if function == nil {
		function = w.instance.ExportedFunction(name)
		w.functions[name] = function
	}
	values := make([]uint64, len(arguments))
	for place, argument := range arguments {
		switch argument := argument.(type) {
		case int32:
			values[place] = api.EncodeI32(argument)
		case float64:
			values[place] = api.EncodeF64(argument)
		default:
			panic(fmt.Sprintf("%T", argument))
		}
	}
	results, err := function.Call(context.Background(), values...)
	if err != nil {
		panic(err)
	}
	if len(results) == 0 {
		return 0
	}
	return results[0]
}

// Xmemory gives the memory.
func (w *engine) Xmemory() core.Memory { return w }

// Slice gives the memory as it is now.
func (w *engine) Slice() *[]byte {
	w.memory, _ = w.instance.Memory().Read(0, w.instance.Memory().Size())
	return &w.memory
}

// Grow adds pages.
func (w *engine) Grow(delta, _ int64) int64 {
	before, isGrown := w.instance.Memory().Grow(uint32(delta))
	if !isGrown {
		return -1
	}
	return int64(before)
}
