// Package journal keeps an append-only file of records, so that a process that is
// killed at any moment finds everything it had written when it starts again.
//
// A record is one line: its CRC-32 in hex, a space, the bytes. A last line that was
// cut short is dropped on Open; damage anywhere else is an error. Records survive
// the death of the process. They are not flushed to the disk one by one, so the last
// few seconds may not survive a loss of power.
package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// MaxRecord is the longest record, in bytes.
const MaxRecord = 4 << 20

// ErrDamaged says that the file was changed by something other than a journal.
var ErrDamaged = errors.New("journal: the file is damaged")

// Journal is an open file. Append may be called from several goroutines.
type Journal struct {
	mu     sync.Mutex
	file   *os.File
	size   int64
	broken error // set when a failed write could not be undone
}

// Open reads every record of the file at path in order into replay, creating the
// file and its folder if needed, and leaves it ready for Append. An error from
// replay stops it.
func Open(path string, replay func(record []byte) error) (*Journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	size, err := readAll(file, replay)
	if err == nil {
		err = file.Truncate(size)
	}
	if err == nil {
		_, err = file.Seek(size, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	return &Journal{file: file, size: size}, nil
}

// readAll returns the length of the file up to the last whole record.
func readAll(file *os.File, replay func([]byte) error) (int64, error) {
	in := bufio.NewReaderSize(file, 256<<10)
	var whole int64
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil // what is left was cut short
		}
		if err != nil {
			return 0, err
		}
		record, err := open(line)
		if err != nil {
			return 0, fmt.Errorf("line %d: %w", number, err)
		}
		if err := replay(record); err != nil {
			return 0, fmt.Errorf("line %d: %w", number, err)
		}
		whole += int64(len(line))
	}
}

func open(line []byte) ([]byte, error) {
	sum, record, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !ok || err != nil || crc32.ChecksumIEEE(record) != uint32(want) {
		return nil, ErrDamaged
	}
	return record, nil
}

// Append writes one record, which must not contain a line feed. After an error the
// record is not in the file.
func (j *Journal) Append(record []byte) error {
	if len(record) > MaxRecord || bytes.IndexByte(record, '\n') >= 0 {
		return fmt.Errorf("journal: a record of %d bytes is too long or has a line feed", len(record))
	}
	line := make([]byte, 0, len(record)+10)
	line = fmt.Appendf(line, "%08x ", crc32.ChecksumIEEE(record))
	line = append(append(line, record...), '\n')

	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	if _, err := j.file.Write(line); err != nil {
		err = fmt.Errorf("journal: %w", err)
		if undo := j.undo(); undo != nil {
			j.broken = fmt.Errorf("%w (and could not be undone: %w)", err, undo)
		}
		return err
	}
	j.size += int64(len(line))
	return nil
}

// undo takes away a half-written line, as a full disk leaves it.
func (j *Journal) undo() error {
	if err := j.file.Truncate(j.size); err != nil {
		return err
	}
	_, err := j.file.Seek(j.size, io.SeekStart)
	return err
}

// Size is the length of the file in bytes.
func (j *Journal) Size() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

// Close flushes the file to the disk and closes it.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return errors.Join(j.file.Sync(), j.file.Close())
}
