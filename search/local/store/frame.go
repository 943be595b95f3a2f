// Package store keeps what was acknowledged on disk so that it survives a crash.
//
// Everything is appended to log files as frames with a checksum and, by default,
// forced to the disk before a write returns. A frame that a crash cut short is
// discarded when the file is opened again; damage anywhere else is an error.
package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A frame is the length of its payload and the payload's CRC-32C, four bytes
// each, little endian, and the payload.
const (
	headSize = 8
	maxFrame = 1 << 30
)

// ErrDamaged says that a file holds bytes that were never written so.
var ErrDamaged = errors.New("search data is damaged")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendFrame(dst, payload []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(payload)))
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(payload, castagnoli))
	return append(dst, payload...)
}

// scan calls yield for every whole frame of r, which is size bytes long, with
// the offset of its payload. It returns where the whole frames end; what follows
// is a frame that was cut short.
func scan(r io.Reader, size int64, yield func(offset int64, payload []byte) error) (end int64, err error) {
	in := bufio.NewReaderSize(r, 1<<20)
	var head [headSize]byte
	var payload []byte
	for end < size {
		if size-end < headSize {
			return end, nil
		}
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return end, fmt.Errorf("read the search data: %w", err)
		}
		n := int64(binary.LittleEndian.Uint32(head[:4]))
		if end+headSize+n > size {
			return end, nil
		}
		if n > maxFrame || n == 0 {
			return end, zeros(in, head, end)
		}
		if int64(cap(payload)) < n {
			payload = make([]byte, n)
		}
		payload = payload[:n]
		if _, err := io.ReadFull(in, payload); err != nil {
			return end, fmt.Errorf("read the search data: %w", err)
		}
		if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
			if end+headSize+n == size {
				return end, nil
			}
			return end, fmt.Errorf("%w: checksum at byte %d", ErrDamaged, end)
		}
		if err := yield(end+headSize, payload); err != nil {
			return end, err
		}
		end += headSize + n
	}
	return end, nil
}

// zeros reports damage unless all that is left is zero, as a file system leaves
// the end of a file that grew just before the power failed.
func zeros(in io.Reader, head [headSize]byte, at int64) error {
	if head == [headSize]byte{} {
		rest, err := io.ReadAll(in)
		if err != nil {
			return fmt.Errorf("read the search data: %w", err)
		}
		for _, b := range rest {
			if b != 0 {
				return fmt.Errorf("%w: empty frame at byte %d", ErrDamaged, at)
			}
		}
		return nil
	}
	return fmt.Errorf("%w: length at byte %d", ErrDamaged, at)
}
