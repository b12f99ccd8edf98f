// A filter without an SDK, compiled by Go itself: what is tried is Go's runtime and its WASI imports.
package main

import (
	"fmt"
	"strings"
	"unsafe"
)

//go:wasmimport env proxy_log
func proxyLog(level uint32, data unsafe.Pointer, size uint32) uint32

//go:wasmimport env proxy_get_header_map_value
func proxyGetHeader(kind uint32, key unsafe.Pointer, keySize uint32, value unsafe.Pointer, size unsafe.Pointer) uint32

//go:wasmimport env proxy_add_header_map_value
func proxyAddHeader(kind uint32, key unsafe.Pointer, keySize uint32, value unsafe.Pointer, size uint32) uint32

//go:wasmimport env proxy_get_buffer_bytes
func proxyGetBuffer(kind uint32, start uint32, max uint32, value unsafe.Pointer, size unsafe.Pointer) uint32

// What the host has been given, so that the collector leaves it alone.
var given = map[uint32][]byte{}

func say(text string) {
	bytes := []byte(text)
	proxyLog(2, unsafe.Pointer(&bytes[0]), uint32(len(bytes)))
}

func taken(at uint32, size uint32) string {
	text := string(given[at][:size])
	delete(given, at)
	return text
}

//go:wasmexport proxy_abi_version_0_2_0
func abiVersion() {}

//go:wasmexport proxy_on_memory_allocate
func allocate(size uint32) uint32 {
	block := make([]byte, size)
	at := uint32(uintptr(unsafe.Pointer(&block[0])))
	given[at] = block
	return at
}

//go:wasmexport proxy_on_context_create
func onContextCreate(context uint32, parent uint32) {}

//go:wasmexport proxy_on_configure
func onConfigure(context uint32, size uint32) uint32 {
	var at, length uint32
	status := proxyGetBuffer(7, 0, size, unsafe.Pointer(&at), unsafe.Pointer(&length))
	fmt.Println("configured:", status, taken(at, length))
	return 1
}

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(context uint32, count uint32, end uint32) uint32 {
	key := []byte(":path")
	var at, length uint32
	status := proxyGetHeader(0, unsafe.Pointer(&key[0]), uint32(len(key)), unsafe.Pointer(&at), unsafe.Pointer(&length))
	path := taken(at, length)
	say(fmt.Sprintf("headers: %d %d %d %s", count, end, status, path))
	name, value := []byte("x-go"), []byte(strings.ToUpper(path))
	proxyAddHeader(0, unsafe.Pointer(&name[0]), uint32(len(name)), unsafe.Pointer(&value[0]), uint32(len(value)))
	return 0
}

//go:wasmexport proxy_on_response_headers
func onResponseHeaders(context uint32, count uint32, end uint32) uint32 {
	// Work for the collector.
	garbage := 0
	for i := 0; i < 1000; i++ {
		garbage += len(make([]byte, 1000))
	}
	say(fmt.Sprintf("response: %d %d %d", count, end, garbage))
	return 0
}

func main() {}
