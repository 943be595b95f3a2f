package scanner_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rsc.io/qr"

	"github.com/stagedoor/stagedoor/origin/browsertest"
	"github.com/stagedoor/stagedoor/origin/ticket"
)

// TestScannersInABrowser walks through browser_test.mjs: two scanners with a camera that sees a ticket, their networks cut,
// the page opened anew without one, both back, and the door's page, which shows that one ticket came in twice.
// SCREENSHOTS=folder keeps pictures.
func TestScannersInABrowser(t *testing.T) {
	s := newStage(t)
	held := s.Issue(s.Evening, "stalls-A-7", "7")
	typed := s.Issue(s.Evening, "stalls-A-8", "8")
	s.Issue(s.Evening, "stalls-A-9", "9")
	elsewhere := s.Issue(s.House.Performance(time.Now()), "stalls-A-1", "1")
	secret, err := s.Ring.SecretOf(typed.Code)
	if err != nil {
		t.Fatal(err)
	}
	film := filepath.Join(t.TempDir(), "ticket.y4m")
	if err := os.WriteFile(film, filmOf(t, held.Code), 0o600); err != nil {
		t.Fatal(err)
	}
	// The walk cuts networks, and reads the database, by this.
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/network":
			s.network(r.FormValue("who"), r.FormValue("up") == "yes")
		case "/scans":
			var n int
			if err := s.DB.QueryRow(r.Context(), `select count(*) from ticket_scans where result = 'in'`).Scan(&n); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			fmt.Fprint(w, n)
		}
	}))
	t.Cleanup(control.Close)
	browsertest.Script(t, "browser_test.mjs", "FILM="+film, "HOUSE="+s.server.URL, "CONTROL="+control.URL, "DOOR="+s.door("lyceum", ""),
		"SHORT="+ticket.Short(secret), "CODE="+typed.Code, "ELSEWHERE="+elsewhere.Code, "PORT=0")
}

// filmOf is what a camera sees when a ticket is held before it: two frames of YUV4MPEG2, 4:2:0.
func filmOf(t *testing.T, code string) []byte {
	t.Helper()
	matrix, err := qr.Encode(code, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	const width, height = 640, 480
	module := (height - 40) / (matrix.Size + 8)
	left, top := (width-matrix.Size*module)/2, (height-matrix.Size*module)/2
	luma := bytes.Repeat([]byte{235}, width*height)
	for y := range matrix.Size * module {
		for x := range matrix.Size * module {
			if matrix.Black(x/module, y/module) {
				luma[(top+y)*width+left+x] = 16
			}
		}
	}
	var film bytes.Buffer
	fmt.Fprintf(&film, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n", width, height)
	for range 2 {
		film.WriteString("FRAME\n")
		film.Write(luma)
		film.Write(bytes.Repeat([]byte{128}, width*height/2))
	}
	return film.Bytes()
}
