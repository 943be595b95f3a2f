package notify

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

var (
	listPage    = template.Must(template.ParseFS(templates, "template/frame.html", "template/list.html"))
	messagePage = template.Must(template.ParseFS(templates, "template/frame.html", "template/message.html"))
	noticePage  = template.Must(template.ParseFS(templates, "template/frame.html", "template/notice.html"))
)

// mostShown is how many e-mails the list has.
const mostShown = 200

// Mailbox is an http.Handler that shows, for development, the e-mails that were written. It shows personal data to
// everybody who can reach it: serve it on a loopback address only.
type Mailbox struct {
	db     *pgxpool.Pool
	base   string
	now    func() time.Time
	logger *slog.Logger
	mux    *http.ServeMux
}

// NewMailbox makes a mailbox that answers below base, "/dev/mail" say.
func NewMailbox(db *pgxpool.Pool, base string, now func() time.Time, logger *slog.Logger) *Mailbox {
	m := &Mailbox{db: db, base: strings.TrimSuffix(base, "/"), now: now, logger: logger, mux: http.NewServeMux()}
	m.mux.HandleFunc("GET "+m.base, m.list)
	m.mux.HandleFunc("GET "+m.base+"/{$}", m.list)
	m.mux.HandleFunc("GET "+m.base+"/{id}", m.message)
	m.mux.HandleFunc("GET "+m.base+"/{id}/body", m.body)
	return m
}

// ServeHTTP implements http.Handler.
func (m *Mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer") // links in the mails are keys
	header.Set("X-Robots-Tag", "noindex")
	if !loopback(r.Host) {
		// A page elsewhere may have its own name lead here and read along.
		m.notice(w, r, http.StatusMisdirectedRequest, "Not under this name", "The mailbox is for this machine alone: use the address that `stagedoor up` shows.")
		return
	}
	m.mux.ServeHTTP(w, r)
}

// loopback says whether the Host of a request names this machine.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if address, err := netip.ParseAddr(host); err == nil {
		return address.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// listView is the page of all e-mails.
type listView struct {
	Frame
	To    string // only those to this recipient
	Mails []listed
	Full  bool // there are more than are shown
}

type listed struct {
	ID                        uuid.UUID
	Recipient, Subject, Brand string
	At                        time.Time
	Ago                       string
}

// Frame is what every page of the mailbox has.
type Frame struct {
	Base, Nonce, Title string
}

func (m *Mailbox) list(w http.ResponseWriter, r *http.Request) {
	to := strings.TrimSpace(r.URL.Query().Get("to"))
	if len(to) > 320 {
		to = to[:320]
	}
	rows, err := dbsqlc.New(m.db).RecentMails(r.Context(), dbsqlc.RecentMailsParams{Recipient: strings.ToValidUTF8(to, ""), AtMost: mostShown})
	if err != nil {
		m.fail(w, r, err)
		return
	}
	view := listView{Frame: Frame{Title: "Mailbox"}, To: to, Full: len(rows) == mostShown}
	for _, row := range rows {
		view.Mails = append(view.Mails, listed{row.ID, row.Recipient, row.Subject, row.BrandID, row.CreatedAt.UTC(), ago(m.now().Sub(row.CreatedAt))})
	}
	m.render(w, r, http.StatusOK, listPage, func(f Frame) any { f.Title = view.Title; view.Frame = f; return view })
}

// messageView is the page of one e-mail.
type messageView struct {
	Frame
	Mail  dbsqlc.Mail
	At    time.Time
	Plain bool // the text, not the HTML
}

func (m *Mailbox) message(w http.ResponseWriter, r *http.Request) {
	mail, ok := m.find(w, r)
	if !ok {
		return
	}
	m.render(w, r, http.StatusOK, messagePage, func(f Frame) any {
		f.Title = mail.Subject
		return messageView{Frame: f, Mail: mail, At: mail.CreatedAt.UTC(), Plain: r.URL.Query().Get("as") == "text"}
	})
}

// body is the HTML of an e-mail as the frame in its page shows it: without scripts, forms, or anything from elsewhere,
// and with links that open beside the mailbox.
func (m *Mailbox) body(w http.ResponseWriter, r *http.Request) {
	mail, ok := m.find(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Security-Policy", "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	html := strings.Replace(mail.BodyHtml, "<head>", `<head><base target="_blank">`, 1)
	_, _ = w.Write([]byte(html))
}

// find reads the e-mail that the path names; if it can't, it has answered.
func (m *Mailbox) find(w http.ResponseWriter, r *http.Request) (dbsqlc.Mail, bool) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		m.missing(w, r)
		return dbsqlc.Mail{}, false
	}
	mail, err := dbsqlc.New(m.db).MailByID(r.Context(), id)
	if errors.Is(err, pgx.ErrNoRows) {
		m.missing(w, r)
		return dbsqlc.Mail{}, false
	}
	if err != nil {
		m.fail(w, r, err)
		return dbsqlc.Mail{}, false
	}
	return mail, true
}

func (m *Mailbox) missing(w http.ResponseWriter, r *http.Request) {
	m.notice(w, r, http.StatusNotFound, "No such e-mail", "It may have been removed by a reset of the house.")
}

func (m *Mailbox) fail(w http.ResponseWriter, r *http.Request, err error) {
	m.logger.ErrorContext(r.Context(), "the mailbox can't be read", "error", err)
	m.notice(w, r, http.StatusServiceUnavailable, "The mailbox can't be read just now", "The database did not answer. Try again in a moment.")
}

func (m *Mailbox) notice(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	m.render(w, r, status, noticePage, func(f Frame) any {
		f.Title = title
		return struct {
			Frame
			Text string
		}{f, text}
	})
}

func (m *Mailbox) render(w http.ResponseWriter, r *http.Request, status int, page *template.Template, view func(Frame) any) {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	frame := Frame{Base: m.base, Nonce: base64.RawStdEncoding.EncodeToString(raw[:])}
	var out bytes.Buffer
	if err := page.ExecuteTemplate(&out, "frame.html", view(frame)); err != nil {
		m.logger.ErrorContext(r.Context(), "a page of the mailbox can't be drawn", "error", err)
		http.Error(w, "the page can't be drawn", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'nonce-%[1]s'; script-src 'nonce-%[1]s'; connect-src 'self'; img-src data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", frame.Nonce))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w)
}

// ago is a time past as people say it.
func ago(d time.Duration) string {
	unit := func(n int, name string) string {
		if n == 1 {
			return fmt.Sprintf("1 %s ago", name)
		}
		return fmt.Sprintf("%d %ss ago", n, name)
	}
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return unit(int(d/time.Minute), "minute")
	case d < 24*time.Hour:
		return unit(int(d/time.Hour), "hour")
	}
	return unit(int(d/(24*time.Hour)), "day")
}
