package promos_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)"`)

// TestUndoTakesBackOnesOwnChangeAlone: Undo works as long as nobody has changed the code since, and then says so.
func TestUndoTakesBackOnesOwnChangeAlone(t *testing.T) {
	for name, later := range map[string]bool{"nobody else": false, "a colleague since": true} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.made("SPRING")
			first := s.now("SPRING").Rate
			ada := s.opened("ada", "SPRING")
			ada.Set("off", "21")
			if status, _ := s.send("ada", http.MethodPost, at+"/codes/SPRING", ada); status != http.StatusSeeOther {
				t.Fatal(status)
			}
			_, text := s.send("ada", http.MethodGet, at+"/codes/SPRING", nil)
			undo := url.Values{}
			for _, field := range hiddenField.FindAllStringSubmatch(text, -1) {
				if !undo.Has(field[1]) {
					undo.Set(field[1], html.UnescapeString(field[2]))
				}
			}
			if later {
				bob := s.opened("bob", "SPRING")
				bob.Set("off", "50")
				if status, _ := s.send("bob", http.MethodPost, at+"/codes/SPRING", bob); status != http.StatusSeeOther {
					t.Fatal(status)
				}
			}
			before := s.now("SPRING")
			status, _ := s.send("ada", http.MethodPost, at+"/codes/SPRING", undo)
			now := s.now("SPRING")
			if later && (status != http.StatusConflict || now.Rate != before.Rate) || !later && (status != http.StatusSeeOther || now.Rate != first) {
				t.Errorf("%d: it took off %d first, %d before, %d now", status, first, before.Rate, now.Rate)
			}
		})
	}
}
