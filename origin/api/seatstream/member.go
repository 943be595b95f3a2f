package seatstream

import (
	"net"
	"sync"
	"syscall"
	"time"
)

// unknown is the sequence number of a member who has not been told anything.
const unknown = -1

// member is one open stream.
type member struct {
	connection net.Conn
	socket     syscall.RawConn
	left       func()

	seq   int64     // of the last event that was begun
	rest  []byte    // of it, not taken yet; shared with others, never changed
	stuck time.Time // since when nothing was taken
}

// open finds the socket below the connection.
func (m *member) open() error {
	c, ok := m.connection.(syscall.Conn)
	if !ok {
		return errNoSocket
	}
	var err error
	if m.socket, err = c.SyscallConn(); err != nil {
		return err
	}
	return m.connection.SetDeadline(time.Time{}) // the server's own are over
}

// close ends the stream.
func (m *member) close() {
	_ = m.connection.Close()
	if m.left != nil {
		m.left()
		m.left = nil
	}
}

// send writes as much of a frame as the socket takes at once and keeps the rest. It reports false when the connection is
// broken.
func (m *member) send(frame []byte, now time.Time) bool {
	taken, ok := m.write(frame)
	if !ok {
		return false
	}
	if m.rest = frame[taken:]; len(m.rest) == 0 {
		m.rest, m.stuck = nil, time.Time{}
	} else if taken > 0 || m.stuck.IsZero() {
		m.stuck = now
	}
	return true
}

func (m *member) write(frame []byte) (taken int, ok bool) {
	var failure error
	err := m.socket.Write(func(fd uintptr) bool {
		for {
			taken, failure = syscall.Write(int(fd), frame)
			if failure != syscall.EINTR {
				return true // whatever became of it: nobody waits here
			}
		}
	})
	if err != nil {
		return 0, false
	}
	if failure == syscall.EAGAIN {
		return 0, true
	}
	return max(taken, 0), failure == nil
}

// scraps are for what is read and not wanted.
var scraps = sync.Pool{New: func() any { return new([512]byte) }}

// gone reports whether the other side has closed the connection. What it may say is not listened to.
func (m *member) gone() bool {
	buffer := scraps.Get().(*[512]byte)
	defer scraps.Put(buffer)
	n, failure := 0, error(nil)
	err := m.socket.Read(func(fd uintptr) bool {
		n, failure = syscall.Read(int(fd), buffer[:])
		return true
	})
	return err != nil || failure == nil && n == 0 || failure != nil && failure != syscall.EAGAIN && failure != syscall.EINTR
}
