package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Connections are kept open to a contestant, each with one request under way.
const Connections = 32

// Load puts requests to an address for as long as said and returns how many
// were answered, and in what time. Any answer but the status wanted ends it,
// and so does a connection that breaks.
func Load(address string, requests [][]byte, status int, d time.Duration) (count int64, took time.Duration, err error) {
	return LoadPatiently(address, requests, status, d, 0)
}

// LoadPatiently is Load that makes another connection for one that breaks,
// so many times.
func LoadPatiently(address string, requests [][]byte, status int, d time.Duration, forgiven int64) (count int64, took time.Duration, err error) {
	var done, broken atomic.Int64
	errs := make([]error, Connections)
	began := time.Now()
	until := began.Add(d)
	var all sync.WaitGroup
	for c := range Connections {
		all.Go(func() {
			for {
				err := keepAsking(address, requests, c, status, until, &done)
				var wrong wrongStatus
				if err == nil || errors.As(err, &wrong) || broken.Add(1) > forgiven {
					errs[c] = err
					return
				}
			}
		})
	}
	all.Wait()
	for _, err := range errs { // one will do
		if err != nil {
			return 0, 0, err
		}
	}
	return done.Load(), time.Since(began), nil
}

type wrongStatus struct{ got, want int }

func (w wrongStatus) Error() string { return fmt.Sprintf("the answer was %d, not %d", w.got, w.want) }

func keepAsking(address string, requests [][]byte, from, status int, until time.Time, done *atomic.Int64) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(until.Add(30 * time.Second)); err != nil {
		return err
	}
	in := bufio.NewReaderSize(conn, 32<<10)
	for i := from; time.Now().Before(until); i += Connections {
		if _, err := conn.Write(requests[i%len(requests)]); err != nil {
			return err
		}
		got, _, err := ReadAnswer(in, io.Discard)
		if err != nil {
			return err
		}
		if got != status {
			return wrongStatus{got, status}
		}
		done.Add(1)
	}
	return nil
}

// ReadAnswer reads one answer and returns its status and Location.
func ReadAnswer(in *bufio.Reader, body io.Writer) (status int, location string, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, "", err
	}
	if len(line) < 12 {
		return 0, "", fmt.Errorf("no answer: %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, "", err
	}
	length, chunked := int64(0), false
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return 0, "", err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("content-length")):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return 0, "", err
			}
		case bytes.EqualFold(name, []byte("transfer-encoding")):
			chunked = true
		case bytes.EqualFold(name, []byte("location")):
			location = string(value)
		}
	}
	if !chunked {
		_, err = io.CopyN(body, in, length)
		return status, location, err
	}
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return 0, "", err
		}
		size, err := strconv.ParseInt(string(bytes.TrimRight(line, "\r\n")), 16, 64)
		if err != nil {
			return 0, "", err
		}
		if _, err := io.CopyN(body, in, size); err != nil {
			return 0, "", err
		}
		if _, err := in.ReadSlice('\n'); err != nil {
			return 0, "", err
		}
		if size == 0 {
			return status, location, nil
		}
	}
}
