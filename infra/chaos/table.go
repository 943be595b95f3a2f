package main

import (
	"fmt"
	"io"
	"strings"
)

// columns are the table's, with how many characters they are wide.
var columns = []struct {
	title string
	width int
}{{"FAULT", 26}, {"INJECTED", 42}, {"USERS SAW", 42}, {"FOUND AFTERWARDS", 42}, {"TESTS", 5}, {"SECONDS", 7}}

// report writes the table, and fails when a fault did not end as it must.
func report(out io.Writer, results []result) error {
	var titles []string
	for _, c := range columns {
		titles = append(titles, c.title)
	}
	table, bad := row(titles), 0
	for _, r := range results {
		table += "\n" + row([]string{r.name, r.did(), some(r.saw), r.verdict(), fmt.Sprint(r.passed), fmt.Sprintf("%.1f", r.took.Seconds())})
		if !r.ok() {
			bad++
		}
	}
	if _, err := io.WriteString(out, table+"\n"); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d faults did not end as they must", bad, len(results))
	}
	_, err := fmt.Fprintf(out, "%d faults, all survived.\n", len(results))
	return err
}

// row lays cells side by side, each in as many lines as it needs.
func row(cells []string) string {
	var lines [][]string
	height := 0
	for i, cell := range cells {
		lines = append(lines, wrap(cell, columns[i].width))
		height = max(height, len(lines[i]))
	}
	var b strings.Builder
	for n := range height {
		var line strings.Builder
		for i, c := range columns {
			text := ""
			if n < len(lines[i]) {
				text = lines[i][n]
			}
			fmt.Fprintf(&line, "%-*s  ", c.width, text)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// wrap breaks a text between words. A word that is longer than a line stands out.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
