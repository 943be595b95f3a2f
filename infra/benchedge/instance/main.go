//go:build js && wasm

// Command instance is the edge's very decision behind net/http and
// syumai/workers, which makes a new Wasm instance for every request: what Go on
// Workers is without the edge's shell. Its Site has one redirect and not
// 10,000, so that what is measured is the instance and not the loading.
package main

import (
	"io"
	"maps"
	"net/http"
	"strings"
	"syscall/js"
	"time"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/engine"
	"github.com/stagedoor/stagedoor/edge/wire"
	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare"
	"github.com/syumai/workers/cloudflare/fetch"
)

func main() {
	decider, err := engine.New([]byte(text("HOP_KEY")))
	if err == nil {
		_, err = decider.Load(text("HOSTNAME"), []byte(text("SMALL_SITE")), time.Now().UnixMilli())
	}
	workers.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		serve(decider, w, r)
	}))
}

func text(name string) string {
	if v := cloudflare.GetBinding(name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

func serve(decider *engine.Engine, w http.ResponseWriter, r *http.Request) {
	ask := chain.Request{Method: r.Method, RemoteIP: r.Header.Get("Cf-Connecting-Ip")}
	for name, values := range r.Header {
		// syumai/workers takes values apart at commas.
		ask.Fields = append(ask.Fields, chain.Field{Name: strings.ToLower(name), Value: strings.Join(values, ", ")})
	}
	out, head := decider.Decide(nil, &engine.Input{Request: wire.AppendRequest(nil, &ask, r.URL.String()), Now: time.Now().UnixMilli()})
	plan, err := wire.ParsePlan(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if plan.Action == chain.ActionRespond.String() {
		change(w.Header(), plan.Response)
		w.WriteHeader(plan.Status)
		_, _ = w.Write(out[head:])
		return
	}
	onward, err := fetch.NewRequest(r.Context(), r.Method, plan.Origin+plan.Target, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	onward.Header = r.Header.Clone()
	change(onward.Header, plan.Request)
	response, err := fetch.NewClient().Do(onward, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	maps.Copy(w.Header(), response.Header)
	change(w.Header(), plan.Response)
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}

// change applies a plan's changes, "=name: value".
func change(h http.Header, ops []string) {
	for _, op := range ops {
		name, value, _ := strings.Cut(op[1:], ": ")
		switch op[0] {
		case '=':
			h.Set(name, value)
		case '+':
			h.Add(name, value)
		case '?', '~':
			if h.Get(name) == "" && (op[0] == '?' || strings.HasPrefix(h.Get("Content-Type"), "text/html")) {
				h.Set(name, value)
			}
		case '-':
			h.Del(name)
		}
	}
}
