package main

import (
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

type addHeader struct{ types.DefaultHttpContext }

func (*addHeader) OnHttpResponseHeaders(int, bool) types.Action {
	_ = proxywasm.AddHttpResponseHeader("x-filter", "price")
	return types.ActionContinue
}

type decide struct{ types.DefaultHttpContext }

func (*decide) OnHttpRequestHeaders(int, bool) types.Action {
	user, _ := proxywasm.GetHttpRequestHeader("x-user")
	plan, _ := proxywasm.GetHttpRequestHeader("x-plan")
	path, _ := proxywasm.GetHttpRequestHeader(":path")
	if user != "" && (plan == "paid" || !strings.HasPrefix(path, "/premium")) {
		return types.ActionContinue
	}
	_ = proxywasm.SendHttpResponse(403, nil, nil, -1)
	return types.ActionPause
}

type rule struct{ Prefix, Tag string }

type rules struct {
	types.DefaultHttpContext
	rules []rule
	tag   string
}

func (r *rules) OnHttpRequestHeaders(int, bool) types.Action {
	path, _ := proxywasm.GetHttpRequestHeader(":path")
	r.tag = "none"
	for _, rule := range r.rules {
		if strings.HasPrefix(path, rule.Prefix) {
			r.tag = rule.Tag
			break
		}
	}
	return types.ActionContinue
}

func (r *rules) OnHttpResponseHeaders(int, bool) types.Action {
	_ = proxywasm.ReplaceHttpResponseHeader("x-tag", r.tag)
	return types.ActionContinue
}
