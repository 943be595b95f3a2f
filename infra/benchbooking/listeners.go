package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"
)

// listeners stand for readers on other machines: what it costs them to read is not to be taken from the processors that
// write to them. So nothing in this program wakes up when they are written to. Their sockets are emptied by turns, often
// enough that none is ever full.
type listeners struct {
	mu      sync.Mutex
	sockets []int
}

// emptied is how often each is.
const emptied = time.Second

// open opens a stream and returns once it has begun.
func (l *listeners) open(address, path string, i int) error {
	to, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if err := begin(fd, to, i, fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, address)); err != nil {
		return fmt.Errorf("%w, %w", err, syscall.Close(fd))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sockets = append(l.sockets, fd)
	return nil
}

// begin connects a socket, asks, and waits for the first words.
func begin(fd int, to *net.TCPAddr, i int, question string) error {
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(2 + i/perAddress)}}); err != nil {
		return err
	}
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())}); err != nil {
		return err
	}
	if _, err := syscall.Write(fd, []byte(question)); err != nil {
		return err
	}
	var heard strings.Builder
	buffer := make([]byte, 2048)
	for !strings.Contains(heard.String(), "data: ") {
		n, err := syscall.Read(fd, buffer)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return err
		case n == 0:
			return io.ErrUnexpectedEOF
		default:
			heard.Write(buffer[:n])
		}
	}
	return syscall.SetNonblock(fd, true)
}

// listen empties the sockets for as long as the program runs. A stream that ends is a failure.
func (l *listeners) listen(failed chan<- error) {
	l.mu.Lock()
	sockets := l.sockets
	l.mu.Unlock()
	buffer := make([]byte, 64<<10)
	for began := time.Now(); ; began = time.Now() {
		for _, fd := range sockets {
			for {
				n, err := syscall.Read(fd, buffer)
				if n == len(buffer) || err == syscall.EINTR {
					continue
				}
				if err == syscall.EAGAIN || n > 0 {
					break
				}
				failed <- fmt.Errorf("a stream that nobody looked at ended: %d, %w", n, err)
				return
			}
		}
		time.Sleep(time.Until(began.Add(emptied)))
	}
}
