package content

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
)

type jsonValue = json.RawMessage

// systemName is a system as people call it.
func systemName(s cms.Source) string {
	if s == cms.Contentful {
		return "Contentful"
	}
	return "Umbraco"
}

// kindName is a kind as people call it.
func kindName(k cms.Kind) string {
	t, known := content.TypeOf(k)
	if !known {
		return string(k)
	}
	return t.Name
}

// localeName is a language as people call it.
func localeName(locale string) string {
	return map[string]string{"en-GB": "British English", "en-US": "American English"}[locale]
}

// stateWords are a state as people say it, and how its badge looks.
func stateWords(s local.State) (kind, text string) {
	switch s {
	case local.Published:
		return "good", "Published"
	case local.Changed:
		return "warn", "Changes not published"
	case local.Archived:
		return "", "Archived"
	}
	return "", "Draft"
}

var actionWords = map[string]string{
	"create": "made it", "save": "saved a draft", "publish": "published it", "unpublish": "took it from the sites",
	"archive": "archived it", "unarchive": "took it out of the archive", "revert": "went back to an older version", "delete": "deleted it",
}

// public reports whether a webhook is about what everybody may see.
func public(topic string) bool {
	topic = strings.ToLower(topic)
	for _, word := range []string{"publish", "delete"} { // unpublish, published, deleted, too
		if strings.Contains(topic, word) {
			return true
		}
	}
	return false
}

func isMissing(err error) bool { return errors.Is(err, local.ErrNotFound) }

// same reports whether two states of an entry say the same.
func same(a, b local.Fields) bool { return bytes.Equal(encode(a), encode(b)) }

func atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

func itoa(n int) string { return strconv.Itoa(n) }

func lower(text string) string { return strings.ToLower(text[:1]) + text[1:] }

// things is a count with its noun.
func things(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// outcomeWords say what came of a webhook, beside its badge.
func outcomeWords(d local.Delivery) string {
	var parts []string
	if d.Again {
		parts = append(parts, "sent again")
	}
	switch d.Fault {
	case "duplicate":
		parts = append(parts, "rehearsal: twice")
	case "delayed":
		parts = append(parts, "rehearsal: late")
	case "overtaken":
		parts = append(parts, "rehearsal: overtaken")
	case "lost":
		parts = append(parts, "rehearsal: never sent")
	}
	if d.Attempts > 1 {
		parts = append(parts, things(d.Attempts, "attempt", "attempts"))
	}
	if d.State == "failed" && d.LastStatus > 0 {
		parts = append(parts, "answered "+itoa(d.LastStatus))
	}
	return strings.Join(parts, ", ")
}

func answerWords(a local.Attempt) string {
	if a.Status == 0 {
		return "No answer"
	}
	return "Answered " + itoa(a.Status)
}

func sortedNames(headers map[string]string) []string { return slices.Sorted(maps.Keys(headers)) }

// shortened cuts a text that nobody reads to its end.
func shortened(text string) string {
	const most = 20_000
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "\n… and " + itoa(len(text)-most) + " bytes more"
}
