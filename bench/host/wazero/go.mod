module hostbench

go 1.24.0

require (
	github.com/proxy-wasm/proxy-wasm-go-sdk v0.0.0-20250212164326-ab4161dcf924
	github.com/tetratelabs/wazero v1.11.0
	mosn.io/proxy-wasm-go-host v0.2.0
)

require golang.org/x/sys v0.38.0 // indirect
