package state

import (
	"encoding/hex"
	"strconv"

	"github.com/stagedoor/stagedoor/waitingroom/plainjson"
)

// Append appends s as JSON.
func (s *State) Append(dst []byte) []byte {
	o := plainjson.NewObject(dst)
	o.Integer("v", Version)
	o.Unsigned("revision", uint64(s.Revision))
	o.String("phase", s.Phase)
	o.String("mode", s.Mode)
	if s.Paused {
		o.Boolean("paused", true)
	}
	o.Unsigned("through", uint64(s.Frontier.Through))
	tie(o, "below", s.Frontier.Below)
	if s.Lapsed.Through > 0 || s.Lapsed.Below > 0 {
		o.Unsigned("lapsed_through", uint64(s.Lapsed.Through))
		tie(o, "lapsed_below", s.Lapsed.Below)
	}
	o.Boolean("queueing", s.Queueing)
	o.Integer("poll", s.Poll)
	o.Integer("waiting", s.Waiting)
	o.Decimal("rate", s.Outlook.Rate*60)
	o.Decimal("spread", s.Outlook.Spread*60)
	if len(s.Outlook.Curve) > 0 {
		o.Key("curve")
		o.Text = append(o.Text, '[')
		for i, p := range s.Outlook.Curve {
			if i > 0 {
				o.Text = append(o.Text, ',')
			}
			point := plainjson.NewObject(o.Text)
			point.Key("s")
			point.Text = plainjson.AppendFixed(point.Text, p.At, 5)
			point.Decimal("a", p.Ahead)
			point.Decimal("w", p.Wait)
			o.Text = point.Close()
		}
		o.Text = append(o.Text, ']')
	}
	for _, at := range [...]struct {
		key    string
		second uint32
	}{{"opens_at", s.Opens}, {"sale_at", s.Sale}, {"ends_at", s.Ends}} {
		if at.second > 0 {
			o.Unsigned(at.key, uint64(at.second))
		}
	}
	if s.SeatsLeft >= 0 {
		o.Integer("seats_left", s.SeatsLeft)
	}
	if s.Message != "" {
		o.String("message", s.Message)
	}
	if s.Draw.Commit != nil {
		o.Key("lottery")
		draw := plainjson.NewObject(o.Text)
		draw.Unsigned("opens", uint64(s.Opens))
		draw.Unsigned("sale", uint64(s.Sale))
		draw.String("event", s.Draw.Event)
		draw.String("commit", hex.EncodeToString(s.Draw.Commit))
		if s.Draw.Seed != nil {
			draw.String("seed", hex.EncodeToString(s.Draw.Seed[:]))
		}
		o.Text = draw.Close()
	}
	if len(s.Revoked) > 0 {
		o.Key("revoked")
		o.Text = append(o.Text, '[')
		for i, v := range s.Revoked {
			if i > 0 {
				o.Text = append(o.Text, ',')
			}
			length := 17
			if v[16] == Everyone {
				length = 16
			}
			o.Text = append(o.Text, '"')
			o.Text = append(hex.AppendEncode(o.Text, v[:length]), '"')
		}
		o.Text = append(o.Text, ']')
	}
	o.Instant("updated_at", s.UpdatedAt)
	return o.Close()
}

func tie(o *plainjson.Object, key string, value uint64) {
	o.Key(key)
	o.Text = append(strconv.AppendUint(append(o.Text, '"'), value, 10), '"')
}
