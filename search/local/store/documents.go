package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Documents holds the bodies of one collection's documents in numbered files,
// the segments. Reading is safe for concurrent use, also while something is
// written; only one goroutine may write at a time.
type Documents struct {
	dir      *Folder
	path     string
	mu       sync.RWMutex // for the list of segments: written by the writer only
	segments []*segment   // the last one is written to
	live     int64        // bytes of bodies that count
	roll     int64        // size at which a new segment is begun
}

type segment struct {
	number uint32
	log    *log
	live   int64
}

// Ref is where a body is. The zero Ref is no body.
type Ref struct {
	segment uint32
	length  uint32
	offset  int64
}

// None says whether r is no body.
func (r Ref) None() bool { return r.length == 0 }

// Change is the writing of one document; a nil Body removes it.
type Change struct {
	Number uint32
	Body   []byte
}

const segmentSize = 64 << 20

// OpenDocuments opens or makes the documents called name. The Refs are those of
// the documents by their number.
func (f *Folder) OpenDocuments(name string) (*Documents, []Ref, error) {
	d := &Documents{dir: f, path: filepath.Join(f.path, name), roll: segmentSize}
	if err := os.MkdirAll(d.path, 0o700); err != nil {
		return nil, nil, fmt.Errorf("make a search folder: %w", err)
	}
	numbers, err := d.list()
	if err != nil {
		return nil, nil, err
	}
	var refs []Ref
	for _, n := range numbers {
		if err := d.open(n, &refs); err != nil {
			return nil, nil, errors.Join(err, d.Close())
		}
	}
	if len(d.segments) == 0 {
		if err := d.open(1, &refs); err != nil {
			return nil, nil, err
		}
	}
	for _, r := range refs {
		d.count(r, 1)
	}
	return d, refs, nil
}

// list returns the numbers of the segments in the folder, rising.
func (d *Documents) list() ([]uint32, error) {
	names, err := os.ReadDir(d.path)
	if err != nil {
		return nil, fmt.Errorf("read a search folder: %w", err)
	}
	var out []uint32
	for _, e := range names {
		if s, ok := strings.CutSuffix(e.Name(), ".log"); ok {
			if n, err := strconv.ParseUint(s, 10, 32); err == nil {
				out = append(out, uint32(n))
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// open opens a segment and notes in refs where its documents are.
func (d *Documents) open(number uint32, refs *[]Ref) error {
	s := &segment{number: number}
	path := filepath.Join(d.path, fmt.Sprintf("%08d.log", number))
	l, err := openLog(path, d.dir.sync, d.dir.out, func(offset int64, payload []byte) error {
		return each(payload, func(doc uint32, at, length int) {
			for int(doc) >= len(*refs) {
				*refs = append(*refs, Ref{})
			}
			(*refs)[doc] = Ref{segment: number, offset: offset + int64(at), length: uint32(length)}
		})
	})
	if err != nil {
		return err
	}
	s.log = l
	d.mu.Lock()
	defer d.mu.Unlock()
	d.segments = append(d.segments, s)
	return nil
}

// each calls yield for every change in a frame: the document, and where its
// body is; a length of 0 is a removal.
func each(payload []byte, yield func(doc uint32, at, length int)) error {
	for at := 0; at < len(payload); {
		doc, n := binary.Uvarint(payload[at:])
		if n <= 0 {
			return fmt.Errorf("%w: document number", ErrDamaged)
		}
		length, m := binary.Uvarint(payload[at+n:])
		at += n + m
		if m <= 0 || length > uint64(len(payload)-at) {
			return fmt.Errorf("%w: document length", ErrDamaged)
		}
		yield(uint32(doc), at, int(length))
		at += int(length)
	}
	return nil
}

// Append writes and syncs the changes, all of them or, when it fails, none, and returns
// where the bodies are. old are the Refs that they replace.
func (d *Documents) Append(changes []Change, old []Ref) ([]Ref, error) {
	refs, err := d.write(changes)
	if err != nil {
		return nil, err
	}
	for _, r := range old {
		d.count(r, -1)
	}
	return refs, nil
}

func (d *Documents) write(changes []Change) ([]Ref, error) {
	s, err := d.active()
	if err != nil {
		return nil, err
	}
	var payload []byte
	refs := make([]Ref, len(changes))
	for i, c := range changes {
		payload = binary.AppendUvarint(payload, uint64(c.Number))
		payload = binary.AppendUvarint(payload, uint64(len(c.Body)))
		refs[i] = Ref{segment: s.number, offset: int64(len(payload)), length: uint32(len(c.Body))}
		payload = append(payload, c.Body...)
	}
	base, err := s.log.append(payload)
	if err != nil {
		return nil, err
	}
	for i := range refs {
		refs[i].offset += base
		d.count(refs[i], 1)
	}
	return refs, nil
}

// active returns the segment to write to, a new one when the last is full.
func (d *Documents) active() (*segment, error) {
	last := d.segments[len(d.segments)-1]
	if last.log.size < d.roll {
		return last, nil
	}
	var none []Ref
	if err := d.open(last.number+1, &none); err != nil {
		return nil, err
	}
	return d.segments[len(d.segments)-1], nil
}

func (d *Documents) count(r Ref, sign int64) {
	if s := d.segment(r.segment); s != nil {
		s.live += sign * int64(r.length)
		d.live += sign * int64(r.length)
	}
}

func (d *Documents) segment(number uint32) *segment {
	first := d.segments[0].number
	if i := int(number) - int(first); i >= 0 && i < len(d.segments) && d.segments[i].number == number {
		return d.segments[i]
	}
	return nil
}

// Read appends the body at r to dst.
func (d *Documents) Read(dst []byte, r Ref) ([]byte, error) {
	d.mu.RLock()
	s := d.segment(r.segment)
	d.mu.RUnlock()
	if s == nil || r.None() {
		return nil, fmt.Errorf("%w: no body at %+v", ErrDamaged, r)
	}
	n := len(dst)
	dst = slices.Grow(dst, int(r.length))[:n+int(r.length)]
	if _, err := s.log.f.ReadAt(dst[n:], r.offset); err != nil {
		return nil, fmt.Errorf("read search data: %w", err)
	}
	return dst, nil
}

// Close closes the files.
func (d *Documents) Close() error {
	var all []error
	for _, s := range d.segments {
		all = append(all, s.log.close())
	}
	return errors.Join(all...)
}
