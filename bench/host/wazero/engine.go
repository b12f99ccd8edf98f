package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"mosn.io/proxy-wasm-go-host/proxywasm/common"
	v1 "mosn.io/proxy-wasm-go-host/proxywasm/v1"
)

var background = context.Background()

// engine is wazero behind the interface that proxy-wasm-go-host has for engines. The release v0.2.0 brings wasmer alone.
// The module is compiled once, and looked-up functions are kept: what can be done once is not measured.
type engine struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	// Host functions belong to the runtime; one instance runs at a time.
	current *instance
}

func newEngine(wasm []byte) (*engine, error) {
	e := &engine{runtime: wazero.NewRuntimeWithConfig(background, wazero.NewRuntimeConfigCompiler())}
	imports := &registry{engine: e, builder: e.runtime.NewHostModuleBuilder("env")}
	v1.RegisterImports(imports)
	if imports.err != nil {
		return nil, imports.err
	}
	if _, err := imports.builder.Instantiate(background); err != nil {
		return nil, err
	}
	compiled, err := e.runtime.CompileModule(background, wasm)
	e.compiled = compiled
	return e, err
}

// instantiate makes a fresh instance of the module.
func (e *engine) instantiate() (*instance, error) {
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize")
	module, err := e.runtime.InstantiateModule(background, e.compiled, config)
	if err != nil {
		return nil, err
	}
	return &instance{module: module, memory: module.Memory(), functions: map[string]*function{}}, nil
}

// registry takes the functions of the host; only RegisterFunc is called of it.
type registry struct {
	common.WasmInstance
	engine  *engine
	builder wazero.HostModuleBuilder
	err     error
}

func (r *registry) RegisterFunc(_ string, name string, f interface{}) error {
	run, arity := typed(f)
	if run == nil {
		// Those with other types the benchmark's module does not import.
		return nil
	}
	params := make([]api.ValueType, arity)
	for i := range params {
		params[i] = api.ValueTypeI32
	}
	call := api.GoModuleFunc(func(_ context.Context, _ api.Module, stack []uint64) {
		stack[0] = api.EncodeI32(run(r.engine.current, stack))
	})
	r.builder.NewFunctionBuilder().WithGoModuleFunction(call, params, []api.ValueType{api.ValueTypeI32}).Export(name)
	return nil
}

// typed calls a host function without reflection.
func typed(f interface{}) (func(common.WasmInstance, []uint64) int32, int) {
	at := func(stack []uint64, i int) int32 { return api.DecodeI32(stack[i]) }
	switch f := f.(type) {
	case func(common.WasmInstance, int32, int32, int32) int32:
		return func(w common.WasmInstance, s []uint64) int32 { return f(w, at(s, 0), at(s, 1), at(s, 2)) }, 3
	case func(common.WasmInstance, int32, int32, int32, int32, int32) int32:
		return func(w common.WasmInstance, s []uint64) int32 {
			return f(w, at(s, 0), at(s, 1), at(s, 2), at(s, 3), at(s, 4))
		}, 5
	default:
		return nil, 0
	}
}

// instance implements what a request needs of common.WasmInstance.
type instance struct {
	common.WasmInstance
	module    api.Module
	memory    api.Memory
	functions map[string]*function
	data      interface{}
}

func (i *instance) GetData() interface{}     { return i.data }
func (i *instance) SetData(data interface{}) { i.data = data }
func (i *instance) Lock(data interface{})    { i.data = data }
func (i *instance) Unlock()                  { i.data = nil }
func (i *instance) HandleError(error)        {}
func (i *instance) close() error             { return i.module.Close(background) }

func (i *instance) GetExportsFunc(name string) (common.WasmFunction, error) {
	if f, ok := i.functions[name]; ok {
		return f, nil
	}
	exported := i.module.ExportedFunction(name)
	if exported == nil {
		return nil, fmt.Errorf("the module does not export %s", name)
	}
	f := &function{call: exported, stack: make([]uint64, 4), returns: len(exported.Definition().ResultTypes()) > 0}
	i.functions[name] = f
	return f, nil
}

func (i *instance) GetMemory(address uint64, size uint64) ([]byte, error) {
	bytes, ok := i.memory.Read(uint32(address), uint32(size))
	if !ok {
		return nil, errors.New("outside of the memory")
	}
	return bytes, nil
}

func (i *instance) PutMemory(address uint64, size uint64, content []byte) error {
	if !i.memory.Write(uint32(address), content[:size]) {
		return errors.New("outside of the memory")
	}
	return nil
}

func (i *instance) PutUint32(address uint64, value uint32) error {
	if !i.memory.WriteUint32Le(uint32(address), value) {
		return errors.New("outside of the memory")
	}
	return nil
}

func (i *instance) Malloc(size int32) (uint64, error) {
	malloc, err := i.GetExportsFunc("malloc")
	if err != nil {
		return 0, err
	}
	address, err := malloc.Call(size)
	if err != nil {
		return 0, err
	}
	return uint64(uint32(address.(int32))), nil
}

type function struct {
	call    api.Function
	stack   []uint64
	returns bool
}

func (f *function) Call(args ...interface{}) (interface{}, error) {
	for i, arg := range args {
		f.stack[i] = api.EncodeI32(arg.(int32))
	}
	if err := f.call.CallWithStack(background, f.stack); err != nil {
		return nil, err
	}
	if !f.returns {
		return nil, nil
	}
	return api.DecodeI32(f.stack[0]), nil
}
