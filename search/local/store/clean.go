package store

import (
	"errors"
	"fmt"
	"os"
)

// Wasteful says whether less than half of what is on the disk counts.
func (d *Documents) Wasteful() bool {
	var size int64
	for _, s := range d.segments {
		size += s.log.size
	}
	return len(d.segments) > 1 && size > 2*d.live+2*d.roll
}

// Clean deletes the oldest segment after it has written those of its bodies that
// count to the end. now tells where a document is, moved where it has gone; when
// moved returns, nobody may read at the old place any more.
func (d *Documents) Clean(now func(number uint32) Ref, moved func(number uint32, r Ref)) error {
	if len(d.segments) < 2 {
		return nil
	}
	oldest := d.segments[0]
	var batch []Change
	var size int
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		refs, err := d.write(batch)
		if err != nil {
			return err
		}
		for i, r := range refs {
			d.count(now(batch[i].Number), -1)
			moved(batch[i].Number, r)
		}
		batch, size = batch[:0], 0
		return nil
	}
	if _, err := oldest.log.f.Seek(0, 0); err != nil {
		return fmt.Errorf("read search data: %w", err)
	}
	_, err := scan(oldest.log.f, oldest.log.size, func(offset int64, payload []byte) error {
		err := each(payload, func(doc uint32, at, length int) {
			if now(doc) == (Ref{segment: oldest.number, offset: offset + int64(at), length: uint32(length)}) && length > 0 {
				batch = append(batch, Change{doc, append([]byte(nil), payload[at:at+length]...)})
				size += length
			}
		})
		if err == nil && size > 4<<20 {
			err = flush()
		}
		return err
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.segments = d.segments[1:]
	d.mu.Unlock()
	if err := errors.Join(oldest.log.close(), os.Remove(oldest.log.path)); err != nil {
		return fmt.Errorf("remove search data: %w", err)
	}
	return syncDir(d.path)
}
