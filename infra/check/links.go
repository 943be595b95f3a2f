package check

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
)

var (
	link    = regexp.MustCompile(`!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	image   = regexp.MustCompile(`<(?:img|source|a)\s[^>]*(?:src|srcset|href)="([^"]+)"`)
	heading = regexp.MustCompile(`^#{1,6}\s+(.*?)\s*#*$`)
	code    = regexp.MustCompile("`[^`]*`")
	notSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// Links checks that every relative link in a Markdown file leads to a file, and its fragment to a heading.
func Links(r Repository) ([]Fault, error) {
	var faults []Fault
	for _, file := range r.with(".md") {
		err := r.prose(file, func(line int, text string) {
			for _, m := range append(link.FindAllStringSubmatch(text, -1), image.FindAllStringSubmatch(text, -1)...) {
				if problem := r.linkProblem(file, m[1]); problem != "" {
					faults = append(faults, Fault{file, line, problem})
				}
			}
		})
		if err != nil {
			return nil, fmt.Errorf("check links: %w", err)
		}
	}
	return faults, nil
}

// prose calls do for each line of a Markdown file outside fenced code, without its inline code.
func (r Repository) prose(file string, do func(line int, text string)) error {
	src, err := fs.ReadFile(r.Root, file)
	if err != nil {
		return err
	}
	n, fenced := 0, false
	for text := range strings.Lines(string(src)) {
		n++
		if t := strings.TrimSpace(text); strings.HasPrefix(t, "```") || strings.HasPrefix(t, "~~~") {
			fenced = !fenced
			continue
		}
		if !fenced {
			do(n, code.ReplaceAllString(text, ""))
		}
	}
	return nil
}

func (r Repository) linkProblem(from, target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return fmt.Sprintf("the link %q cannot be read", target)
	}
	if u.Scheme != "" || u.Host != "" {
		return "" // other sites come and go without us
	}
	file := from
	if u.Path != "" {
		file = path.Join(path.Dir(from), u.Path)
		if strings.HasPrefix(u.Path, "/") {
			return fmt.Sprintf("the link %q must be relative", target)
		}
		if _, err := fs.Stat(r.Root, file); err != nil {
			return fmt.Sprintf("the link %q leads to no file", target)
		}
	}
	if u.Fragment == "" || !strings.HasSuffix(file, ".md") {
		return ""
	}
	found := false
	err = r.prose(file, func(_ int, text string) {
		if m := heading.FindStringSubmatch(strings.TrimRight(text, "\n")); m != nil {
			found = found || slug(m[1]) == strings.ToLower(u.Fragment)
		}
	})
	if err != nil || !found {
		return fmt.Sprintf("the link %q leads to no heading", target)
	}
	return ""
}

// slug is the fragment GitHub gives a heading. Inline code is gone by now, which only matters to headings that hold some.
func slug(text string) string {
	return strings.ReplaceAll(strings.ToLower(notSlug.ReplaceAllString(text, "")), " ", "-")
}
