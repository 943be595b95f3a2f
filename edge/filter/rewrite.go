package filter

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Rewrite serves an old address under a new path, unseen by the visitor: the
// path the origin is asked for changes, and nothing else. An exact rule comes
// before a prefix, a longer prefix before a shorter one.
//
// It runs once, after redirect: what a rule leads to is neither redirected nor
// rewritten again. A protected path is never rewritten, and never reached by
// being rewritten: limits and maintenance have judged the address asked for.
//
// It fails open: the origin answers for the address as it was asked for.
type Rewrite struct {
	site    *site.Site
	exact   map[string]string // target by source
	prefix  map[string]string
	longest int // bytes of the longest prefix
}

func (Rewrite) Name() string           { return "rewrite" }
func (Rewrite) Needs() []string        { return []string{"site", "canonical", "redirect"} }
func (Rewrite) Fails() chain.Direction { return chain.FailOpen }

const (
	rewriteNone      chain.Reason = "rewrite.none"
	rewriteProtected chain.Reason = "rewrite.protected-path"
	rewriteExact     chain.Reason = "rewrite.exact"
	rewritePrefix    chain.Reason = "rewrite.prefix"
	rewriteUnsafe    chain.Reason = "rewrite.target-protected"
	rewriteTooLong   chain.Reason = "rewrite.target-too-long"
)

// maxPath is the longest path that is sent to the origin, in bytes.
const maxPath = 16 << 10

func (f Rewrite) Bind(s *site.Site) (chain.Filter, error) {
	f.site = s
	f.exact, f.prefix = make(map[string]string), make(map[string]string)
	for i := range s.Rewrites {
		r := &s.Rewrites[i]
		if !r.Prefix {
			f.exact[r.Source] = r.Target
			continue
		}
		source := strings.TrimSuffix(r.Source, "/")
		f.prefix[source] = r.Target
		f.longest = max(f.longest, len(source))
	}
	return f, nil
}

func (f Rewrite) Decide(x *chain.Exchange) chain.Verdict {
	if len(f.site.Rewrites) == 0 {
		return chain.Continue(rewriteNone)
	}
	if f.site.IsProtected(x.Path) {
		return chain.Continue(rewriteProtected)
	}
	path, why := f.exact[x.Path], rewriteExact
	if path == "" {
		target, suffix, ok := f.find(x.Path)
		if !ok {
			return chain.Continue(rewriteNone)
		}
		path, why = target, rewritePrefix
		if suffix != "" {
			joined := append(x.Scratch(), strings.TrimSuffix(target, "/")...)
			path = x.Keep(append(joined, suffix...))
		}
	}
	switch {
	case len(path) > maxPath:
		return chain.Fail(rewriteTooLong)
	case f.site.IsAlwaysProtected(path):
		return chain.Fail(rewriteUnsafe)
	}
	moveTo(x, path)
	return chain.Continue(why)
}

// find looks the path's parents up, the deepest first, down from the longest
// source there is: a path of thousands of segments costs no more than that.
// suffix begins with a slash or is empty.
func (f Rewrite) find(path string) (target, suffix string, ok bool) {
	end := len(path)
	if end > f.longest {
		end = f.longest
		if path[end] != '/' {
			end = strings.LastIndexByte(path[:end], '/')
		}
	}
	for ; end >= 0; end = strings.LastIndexByte(path[:end], '/') {
		if target, ok = f.prefix[path[:end]]; ok {
			return target, path[end:], true
		}
	}
	return "", "", false
}
