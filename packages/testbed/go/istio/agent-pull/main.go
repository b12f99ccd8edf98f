// Pulls images exactly as Istio's agent does: its own cache and fetcher, nothing else of it. Reads a URL
// (`oci://registry/repository:tag`) a line, answers each with a line `RESULT {json}`.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"istio.io/istio/pkg/wasm"
)

type result struct {
	Image  string `json:"image,omitempty"`
	Module string `json:"module,omitempty"`
	Size   int    `json:"size,omitempty"`
	Error  string `json:"error,omitempty"`
}

func main() {
	dir, err := os.MkdirTemp("", "agent-pull-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		// A cache for each, so that none answers from what another left behind.
		cache := wasm.NewLocalFileCache(dir, wasm.Options{})
		answer, err := json.Marshal(pull(cache, lines.Text()))
		if err != nil {
			panic(err)
		}
		fmt.Println("RESULT " + string(answer))
		cache.Cleanup()
	}
}

func pull(cache wasm.Cache, url string) result {
	file, err := cache.Get(url, wasm.GetOptions{RequestTimeout: 30 * time.Second})
	if err != nil {
		return result{Error: err.Error()}
	}
	bytes, err := os.ReadFile(file)
	if err != nil {
		return result{Error: err.Error()}
	}
	sum := sha256.Sum256(bytes)
	image := strings.TrimSuffix(filepath.Base(file), ".wasm")
	return result{Image: image, Module: hex.EncodeToString(sum[:]), Size: len(bytes)}
}
