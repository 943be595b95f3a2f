package typeface

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// errWOFF means that the bytes are not a WOFF 1.0 font (W3C Recommendation of 13 December 2012).
var errWOFF = errors.New("typeface: not a WOFF font")

const (
	woffHeader    = 44
	woffEntry     = 20
	sfntHeader    = 12
	sfntEntry     = 16
	mostFontBytes = 1 << 20
)

// unpack turns a WOFF font into the sfnt it was made from: the tables unpacked, in the same order.
func unpack(woff []byte) ([]byte, error) {
	if len(woff) < woffHeader || string(woff[:4]) != "wOFF" {
		return nil, errWOFF
	}
	tables := int(binary.BigEndian.Uint16(woff[12:]))
	if tables == 0 || len(woff) < woffHeader+tables*woffEntry {
		return nil, errWOFF
	}
	out := make([]byte, sfntHeader+tables*sfntEntry)
	copy(out, woff[4:8])                                // flavour
	binary.BigEndian.PutUint16(out[4:], uint16(tables)) // the search hints after it are not needed
	for i := range tables {
		entry := woff[woffHeader+i*woffEntry:]
		offset, packed, length := binary.BigEndian.Uint32(entry[4:]), binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		if uint64(offset)+uint64(packed) > uint64(len(woff)) || packed > length || length > mostFontBytes {
			return nil, errWOFF
		}
		table, err := inflate(woff[offset:offset+packed], int(length))
		if err != nil {
			return nil, err
		}
		record := out[sfntHeader+i*sfntEntry:]
		copy(record, entry[:4])                                     // tag
		copy(record[4:8], entry[16:20])                             // checksum
		binary.BigEndian.PutUint32(record[8:], uint32(len(out)))    // offset
		binary.BigEndian.PutUint32(record[12:], uint32(len(table))) // length
		out = append(out, table...)
		out = append(out, make([]byte, (4-len(out)%4)%4)...)
		if len(out) > mostFontBytes {
			return nil, errWOFF
		}
	}
	return out, nil
}

// inflate unpacks a table of known length; one stored at that length was not packed.
func inflate(packed []byte, length int) ([]byte, error) {
	if len(packed) == length {
		return packed, nil
	}
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errWOFF, err)
	}
	defer r.Close()
	table := make([]byte, length)
	if _, err := io.ReadFull(r, table); err != nil {
		return nil, fmt.Errorf("%w: %w", errWOFF, err)
	}
	return table, nil
}
