package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

type jwt struct {
	types.DefaultHttpContext
	secret  []byte
	subject string
}

func (j *jwt) OnHttpRequestHeaders(int, bool) types.Action {
	line, _ := proxywasm.GetHttpRequestHeader("authorization")
	subject, ok := verify(strings.TrimPrefix(line, "Bearer "), j.secret, time.Now())
	if !ok {
		_ = proxywasm.SendHttpResponse(401, nil, nil, -1)
		return types.ActionPause
	}
	j.subject = subject
	return types.ActionContinue
}

func (j *jwt) OnHttpResponseHeaders(int, bool) types.Action {
	_ = proxywasm.ReplaceHttpResponseHeader("x-user", j.subject)
	return types.ActionContinue
}

func verify(token string, secret []byte, now time.Time) (string, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", false
	}
	var header struct{ Alg string }
	if !decode(parts[0], &header) || header.Alg != "HS256" {
		return "", false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return "", false
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(parts[0] + "." + parts[1]))
	if !hmac.Equal(mac.Sum(nil), signature) {
		return "", false
	}
	var claims struct {
		Sub string
		Exp int64
	}
	if !decode(parts[1], &claims) || claims.Exp <= now.Unix() {
		return "", false
	}
	return claims.Sub, true
}

func decode(part string, into any) bool {
	bytes, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(bytes, into) == nil
}
