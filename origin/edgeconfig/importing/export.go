package importing

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Export writes the rules of some sites as a file which, imported, changes nothing. It begins with a byte order mark, by
// which spreadsheets know UTF-8. Rules are streamed: nothing is held in memory.
func Export(ctx context.Context, db *pgxpool.Pool, sites []string, w io.Writer) (rules int, err error) {
	if _, err := io.WriteString(w, "\xef\xbb\xbf"); err != nil {
		return 0, err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180
	if err := out.Write(columns); err != nil {
		return 0, err
	}
	rows, err := db.Query(ctx, `select brand_id, match, source, target, status, preserve_query, preserve_suffix, include_subdomains, starts_at, ends_at, enabled, note
		from redirects where brand_id = any($1) order by brand_id, match, source`, sites)
	if err != nil {
		return 0, fmt.Errorf("export: %w", err)
	}
	var brand, match, source, target, note string
	var status int
	var query, suffix, subdomains, enabled bool
	var starts, ends *time.Time
	_, err = pgx.ForEachRow(rows, []any{&brand, &match, &source, &target, &status, &query, &suffix, &subdomains, &starts, &ends, &enabled, &note}, func() error {
		rules++
		return out.Write([]string{brand, match, source, target, strconv.Itoa(status), strconv.FormatBool(query), strconv.FormatBool(suffix),
			strconv.FormatBool(subdomains), moment(starts), moment(ends), strconv.FormatBool(enabled), guarded(note)})
	})
	if err != nil {
		return rules, fmt.Errorf("export: %w", err)
	}
	out.Flush()
	return rules, out.Error()
}

func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// formula are what a spreadsheet takes for the beginning of a formula. The other columns cannot begin with them.
const formula = "=+-@\t\r'"

// guarded puts an apostrophe before a note that a spreadsheet would carry out.
func guarded(note string) string {
	if note != "" && strings.IndexByte(formula, note[0]) >= 0 {
		return "'" + note
	}
	return note
}

// unguarded takes it off.
func unguarded(note string) string {
	if len(note) > 1 && note[0] == '\'' && strings.IndexByte(formula, note[1]) >= 0 {
		return note[1:]
	}
	return note
}
