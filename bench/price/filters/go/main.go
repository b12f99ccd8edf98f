// The filters of the comparison by the Go SDK. The configuration's first line names the case, the rest is its own.
package main

import (
	"encoding/json"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() { proxywasm.SetVMContext(&vm{}) }

type vm struct{ types.DefaultVMContext }

func (*vm) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

type plugin struct {
	types.DefaultPluginContext
	make func() types.HttpContext
}

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	bytes, err := proxywasm.GetPluginConfiguration()
	if err != nil {
		return types.OnPluginStartStatusFailed
	}
	name, rest, _ := strings.Cut(string(bytes), "\n")
	switch name {
	case "add-header":
		p.make = func() types.HttpContext { return &addHeader{} }
	case "decide":
		p.make = func() types.HttpContext { return &decide{} }
	case "rewrite-body":
		p.make = func() types.HttpContext { return &rewriteBody{} }
	case "rules":
		var config struct{ Rules []rule }
		if json.Unmarshal([]byte(rest), &config) != nil {
			return types.OnPluginStartStatusFailed
		}
		p.make = func() types.HttpContext { return &rules{rules: config.Rules} }
	case "jwt":
		secret := []byte(rest)
		p.make = func() types.HttpContext { return &jwt{secret: secret} }
	default:
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

func (p *plugin) NewHttpContext(uint32) types.HttpContext { return p.make() }
