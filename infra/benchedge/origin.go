package main

import (
	"bufio"
	"bytes"
	"net"
	"strconv"
	"strings"
)

// serveOrigin is an origin that costs next to nothing: it answers every
// request on a socket with the same page. The result is its address.
func serveOrigin() (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	body := strings.Repeat("<p>The house is open, and so is the bar.</p>\n", 90)
	page := []byte("HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncache-control: public, max-age=30\r\nvary: accept-encoding\r\n" +
		"set-cookie: stagedoor_visit=0190c2a47b1e70008000000000000001; Path=/; HttpOnly; SameSite=Lax\r\nserver: origin\r\n" +
		"content-length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerAll(conn, page)
		}
	}()
	return "http://" + l.Addr().String(), func() { l.Close() }, nil
}

// answerAll answers requests without bodies until the other side leaves.
func answerAll(conn net.Conn, page []byte) {
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 16<<10)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if len(bytes.TrimRight(line, "\r\n")) > 0 {
			continue
		}
		if _, err := conn.Write(page); err != nil {
			return
		}
	}
}
