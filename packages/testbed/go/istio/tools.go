//go:build tools

package tools

import _ "istio.io/istio/pilot/cmd/pilot-discovery"
import _ "istio.io/istio/pilot/cmd/pilot-agent"
import _ "istio.io/istio/istioctl/cmd/istioctl"
