package main

import (
	"bytes"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

type rewriteBody struct{ types.DefaultHttpContext }

func (*rewriteBody) OnHttpResponseHeaders(int, bool) types.Action {
	_ = proxywasm.RemoveHttpResponseHeader("content-length")
	return types.ActionContinue
}

func (*rewriteBody) OnHttpResponseBody(size int, end bool) types.Action {
	if !end {
		return types.ActionPause
	}
	body, err := proxywasm.GetHttpResponseBody(0, size)
	if err == nil {
		_ = proxywasm.ReplaceHttpResponseBody(bytes.ReplaceAll(body, []byte("secret"), []byte("******")))
	}
	return types.ActionContinue
}
