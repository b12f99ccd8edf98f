// The other side of `npm run bench -- host`: a Proxy-Wasm host and a test harness on wazero. Reads lines `WHAT COUNT` and
// answers each with the nanoseconds of processor time that it took, of all threads.
package main

import (
	"bufio"
	"fmt"
	"os"
	"syscall"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"mosn.io/proxy-wasm-go-host/proxywasm/common"
	v1 "mosn.io/proxy-wasm-go-host/proxywasm/v1"
)

func main() {
	wasm, err := os.ReadFile(os.Args[1])
	check(err)
	engine, err := newEngine(wasm)
	check(err)
	once, err := engine.instantiate()
	check(err)
	all := map[string]func(int){
		"add":      requests(engine, once, map[string]string{}),
		"get":      requests(engine, once, map[string]string{"x-mode": "get"}),
		"set":      requests(engine, once, map[string]string{"x-mode": "set"}),
		"isolated": func(count int) { isolated(engine, count) },
		"harness":  func(count int) { harness(wasm, count) },
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var what string
		var count int
		_, err := fmt.Sscanf(lines.Text(), "%s %d", &what, &count)
		check(err)
		before := processorTime()
		all[what](count)
		fmt.Println(processorTime() - before)
	}
}

// handler is what a host is to be given: where the headers of the request are.
type handler struct {
	v1.DefaultImportsHandler
	headers common.HeaderMap
}

func (h *handler) GetHttpRequestHeader() common.HeaderMap { return h.headers }

// single has what CommonHeader does not support.
type single struct{ common.CommonHeader }

func (s single) Add(key, value string) { s.CommonHeader[key] = value }

// requests is proxy-wasm-go-host's own BenchmarkAddRequestHeader: a context made and deleted for each request.
func requests(e *engine, i *instance, given map[string]string) func(int) {
	context := &v1.ABIContext{Imports: &v1.DefaultImportsHandler{}, Instance: i}
	exports := context.GetExports()
	e.current = i
	check(exports.ProxyOnContextCreate(1, 0))
	return func(count int) {
		e.current = i
		i.Lock(context)
		defer i.Unlock()
		for n := 0; n < count; n++ {
			request(context, given)
		}
	}
}

func request(context *v1.ABIContext, given map[string]string) {
	headers := single{common.CommonHeader{}}
	for key, value := range given {
		headers.CommonHeader[key] = value
	}
	context.SetImports(&handler{headers: headers})
	exports := context.GetExports()
	check(exports.ProxyOnContextCreate(2, 1))
	_, err := exports.ProxyOnRequestHeaders(2, int32(len(given)), 1)
	check(err)
	_, err = exports.ProxyOnDone(2)
	check(err)
	check(exports.ProxyOnDelete(2))
	if headers.CommonHeader["x-hello"] != "world" {
		panic("the header is missing")
	}
}

// isolated gives each request an instance of its own.
func isolated(e *engine, count int) {
	for n := 0; n < count; n++ {
		i, err := e.instantiate()
		check(err)
		e.current = i
		context := &v1.ABIContext{Imports: &v1.DefaultImportsHandler{}, Instance: i}
		i.Lock(context)
		exports := context.GetExports()
		check(exports.ProxyOnContextCreate(1, 0))
		_, err = exports.ProxyOnVmStart(1, 0)
		check(err)
		_, err = exports.ProxyOnConfigure(1, 0)
		check(err)
		request(context, nil)
		check(i.close())
	}
}

// harness is the same as tests of the Go SDK are written.
func harness(wasm []byte, count int) {
	for n := 0; n < count; n++ {
		vm, err := proxytest.NewWasmVMContext(wasm)
		check(err)
		host, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(vm))
		host.StartVM()
		host.StartPlugin()
		id := host.InitializeHttpContext()
		host.CallOnRequestHeaders(id, [][2]string{{":path", "/"}}, true)
		seen := ""
		for _, pair := range host.GetCurrentRequestHeaders(id) {
			if pair[0] == "x-hello" {
				seen = pair[1]
			}
		}
		if seen != "world" {
			panic("the header is missing")
		}
		host.CompleteHttpContext(id)
		reset()
		check(vm.Close())
	}
}

func processorTime() int64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
