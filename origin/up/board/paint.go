package board

// Colours by their SGR codes.
const (
	green  = "32"
	red    = "31"
	accent = "36"
	faint  = "2"
	bold   = "1"
)

func (b *Board) paint(code, text string) string {
	if !b.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold is text that stands out where colours are shown.
func (b *Board) Bold(text string) string { return b.paint(bold, text) }

// Faint is text that stands back where colours are shown.
func (b *Board) Faint(text string) string { return b.paint(faint, text) }
