package local_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
)

// No number is less than the least there is, and a document without a number is in no range.
func TestNumbersAtTheirEnds(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	fields := `{"name":"shows","fields":[{"name":"seats","type":"int64","optional":true},{"name":"days","type":"int64[]","optional":true}]}`
	if code, answer := send(s, http.MethodPost, "/collections", []byte(fields)); code != http.StatusCreated {
		t.Fatalf("%d %s", code, answer)
	}
	for _, doc := range []string{`{"id":"a","seats":7,"days":[7,8]}`, `{"id":"b"}`} {
		if code, answer := send(s, http.MethodPost, "/collections/shows/documents", []byte(doc)); code != http.StatusCreated {
			t.Fatalf("%d %s", code, answer)
		}
	}
	for filter, want := range map[string]int{
		"seats:<-9223372036854775808": 0, "seats:>=-9223372036854775808": 1, "seats:>9223372036854775807": 0,
		"days:<-9223372036854775808": 0, "days:>=-9223372036854775808": 1, "days:>9223372036854775807": 0,
	} {
		code, answer := send(s, http.MethodGet, "/collections/shows/documents/search?q=*&filter_by="+url.QueryEscape(filter), nil)
		var got struct{ Found int }
		if err := json.Unmarshal(answer, &got); err != nil || code != http.StatusOK || got.Found != want {
			t.Errorf("%s finds %d, want %d: %d %s", filter, got.Found, want, code, answer)
		}
	}
}
