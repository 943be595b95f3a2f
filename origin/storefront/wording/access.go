package wording

import "github.com/stagedoor/stagedoor/origin/show"

// Access explains one access tag of a performance.
type Access struct {
	Tag   string
	Short string // two letters for a badge
	Name  string // "Audio described"
	Note  string // a sentence for those who have not met one
}

var accesses = []Access{
	{show.AudioDescribed, "AD", "Audio described", "A describer tells what happens on stage, through a headset."},
	{show.Captioned, "CAP", "Captioned", "The words are shown on a screen as they are spoken or sung."},
	{show.Signed, "SIGN", "Signed", "A sign language interpreter stands at the side of the stage."},
	{show.Relaxed, "REL", "Relaxed", "Softer sound and light, and everyone is free to move, make noise and leave."},
}

// AccessOf explains tags, in an order that is always the same. Tags nobody has words for are left out.
func (l Locale) AccessOf(tags []string) []Access {
	var out []Access
	for _, known := range accesses {
		for _, tag := range tags {
			if tag == known.Tag {
				if tag == show.Signed {
					known.Name = l.pick("BSL interpreted", "ASL interpreted")
					known.Short = l.pick("BSL", "ASL")
				}
				out = append(out, known)
				break
			}
		}
	}
	return out
}
