package room

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/waitingroom/plainjson"
	"github.com/stagedoor/stagedoor/waitingroom/queue"
	"github.com/stagedoor/stagedoor/waitingroom/state"
)

// ErrSaved means that a stored row cannot be read.
var ErrSaved = errors.New("room: a stored row cannot be read")

// Names of rows, besides those of package queue.
const (
	configRow  = "config" // as it came
	roomRow    = "room"
	endingRows = "ending/" // and its revocation in hexadecimal
	gateRow    = "gate"

	rowVersion = 1
	// roomVersion is of the room's own row; before 2 it had no history.
	roomVersion = 2
)

type row struct {
	key   string
	value []byte // nil: to be deleted
}

// Save gives the rows that changed since the last time.
func (r *Room) Save(put func(key string, value []byte)) {
	if r.queue == nil {
		return
	}
	if r.reconfig {
		r.reconfig = false
		put(configRow, r.config.saved())
	}
	if r.unsaved {
		r.unsaved = false
		put(roomRow, r.encode())
	}
	for _, one := range r.endings.pending {
		put(one.key, one.value)
	}
	r.endings.pending = r.endings.pending[:0]
	for _, one := range r.insight.pending {
		put(one.key, one.value)
	}
	r.insight.pending = r.insight.pending[:0]
	r.queue.SaveChanges(put)
}

// saved is append with the seed.
func (c *Config) saved() []byte {
	text := c.append(nil)
	if c.Seed != nil {
		text = append(text[:len(text)-1], `,"seed":"`...)
		text = append(hex.AppendEncode(text, c.Seed[:]), `"}`...)
	}
	return text
}

func (r *Room) encode() []byte {
	b := []byte{roomVersion}
	for _, n := range [...]uint64{uint64(r.opens), uint64(r.last), uint64(r.heard), r.endings.completed, uint64(r.insight.overshoot), uint64(r.insight.ceiling), uint64(len(r.called))} {
		b = binary.AppendUvarint(b, n)
	}
	for _, m := range r.called {
		b = binary.AppendUvarint(b, uint64(m.second))
		b = binary.AppendUvarint(b, uint64(m.frontier.Through))
		b = binary.AppendUvarint(b, m.frontier.Below)
	}
	i := &r.insight
	b = binary.AppendUvarint(b, uint64(i.batches))
	for _, p := range i.history[len(i.history)-i.open:] {
		b = p.append(b)
	}
	return b
}

func (r *Room) restore(rows map[string][]byte) (err error) {
	text, configured := rows[configRow]
	if !configured {
		return nil
	}
	if r.config, err = decodeConfig(text); err != nil {
		return ErrSaved
	}
	if r.queue, err = queue.Restore(r.config.queue(), rows); err != nil {
		return err
	}
	r.queue.Track()
	b := rows[roomRow]
	if len(b) == 0 || b[0] < rowVersion || b[0] > roomVersion {
		return ErrSaved
	}
	hasHistory := b[0] == roomVersion
	b = b[1:]
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			err, b = ErrSaved, nil
			return 0
		}
		b = b[n:]
		return v
	}
	r.opens, r.last, r.heard = uint32(next()), uint32(next()), uint32(next())
	r.endings.completed = next()
	r.insight.overshoot, r.insight.ceiling = int(next()), int(next())
	called := uint64(math.MaxUint64)
	if hasHistory {
		called = next()
	}
	for ; called > 0 && len(b) > 0; called-- {
		r.called = append(r.called, moment{uint32(next()), queue.Frontier{Through: uint32(next()), Below: next()}})
	}
	if i := &r.insight; hasHistory {
		i.batches = uint32(next())
		for len(b) > 0 && i.open < pointsEach {
			i.history = append(i.history, pointOf(next))
			i.open++
		}
		i.restore(rows)
	}
	if err == nil {
		err = r.endings.restore(rows)
	}
	if err == nil {
		r.phased = r.config.phase(r.last)
		r.publish(r.last)
	}
	return err
}

func (e *ending) row() row {
	b := []byte{rowVersion, 0}
	if e.completed {
		b[1] = 1
	}
	return row{endingRows + hex.EncodeToString(e.what[:]), binary.BigEndian.AppendUint32(b, e.until)}
}

func (e *endings) restore(rows map[string][]byte) error {
	e.known = map[state.Revocation]bool{}
	for key, value := range rows {
		name, ours := strings.CutPrefix(key, endingRows)
		if !ours {
			continue
		}
		one := ending{}
		if !plainjson.DecodeHex(one.what[:], name) || len(value) != 6 || value[0] != rowVersion {
			return ErrSaved
		}
		one.completed, one.until = value[1] == 1, binary.BigEndian.Uint32(value[2:])
		e.list = append(e.list, one)
		e.known[one.what] = true
	}
	slices.SortFunc(e.list, func(a, b ending) int { return int(int64(a.until) - int64(b.until)) })
	return nil
}
