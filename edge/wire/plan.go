package wire

import (
	"encoding/binary"
	"strconv"

	"github.com/stagedoor/stagedoor/edge/chain"
)

// AppendPlan appends the head of x's plan; its body is to follow at once. The
// trace is included when withTrace says so.
func AppendPlan(dst []byte, x *chain.Exchange, withTrace bool) []byte {
	p := &x.Plan
	dst = appendLine(dst, p.Action.String())
	dst = appendLine(dst, p.Hostname)
	dst = appendFlag(dst, p.Refresh)
	reason := ""
	if n := len(x.Trace); n > 0 {
		reason = string(x.Trace[n-1].Reason)
	}
	dst = appendLine(dst, reason)
	dst = appendNumber(dst, p.Status)
	dst = appendNumber(dst, len(p.Body))
	dst = appendLine(dst, p.Pool)
	dst = appendLine(dst, p.Origin)
	dst = appendLine(dst, p.Target)
	dst = appendLine(dst, p.Cache.Key)
	dst = appendNumber(dst, p.Cache.TTL)
	dst = appendNumber(dst, p.Cache.Stale)
	dst = appendLine(dst, p.Cache.Tags)
	dst = appendFlag(dst, p.Cache.Fill)
	dst = appendLine(dst, p.Count)
	dst = appendLine(dst, p.Room)
	dst = appendOps(dst, p.Request)
	dst = appendOps(dst, p.Response)
	if !withTrace {
		return appendNumber(dst, 0)
	}
	dst = appendNumber(dst, len(x.Trace))
	for _, d := range x.Trace {
		dst = append(dst, d.Filter...)
		dst = append(dst, ' ')
		dst = append(dst, d.Kind.String()...)
		dst = append(dst, ' ')
		dst = appendLine(dst, string(d.Reason))
	}
	return dst
}

func appendOps(dst []byte, ops []chain.Op) []byte {
	dst = appendNumber(dst, len(ops))
	for i := range ops {
		dst = append(dst, byte(ops[i].Change))
		dst = appendLine(dst, ops[i].Name)
		dst = appendLine(dst, ops[i].Value)
	}
	return dst
}

func appendFlag(dst []byte, set bool) []byte {
	if set {
		return append(dst, '1', '\n')
	}
	return append(dst, '0', '\n')
}

func appendNumber(dst []byte, n int) []byte {
	return append(strconv.AppendInt(dst, int64(n), 10), '\n')
}

// appendLine makes sure that a line stays one: no filter writes a control
// character, and if one did, it must not begin another header.
func appendLine(dst []byte, s string) []byte {
	from := len(dst)
	dst = append(dst, s...)
	for i := from; i < len(dst); i++ {
		if i+8 <= len(dst) && !anyControl(binary.LittleEndian.Uint64(dst[i:])) {
			i += 7 // eight bytes at once: this looks at every byte of every plan
			continue
		}
		if dst[i] < ' ' {
			dst[i] = ' '
		}
	}
	return append(dst, '\n')
}
