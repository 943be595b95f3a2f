package rehearse

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Outcome is what a rehearsal found.
type Outcome struct {
	Room     string  `json:"room"`
	Visitors int     `json:"visitors"`
	Limit    int     `json:"limit"`
	Seconds  float64 `json:"seconds"`
	Requests int64   `json:"requests"`
	Cut      bool    `json:"interrupted,omitempty"`

	Admitted int            `json:"admitted"`
	Waiting  int            `json:"waiting"` // at the end, and told where they stand
	Refused  map[string]int `json:"refused,omitempty"`
	Failed   map[string]int `json:"failed,omitempty"`
	Silent   int            `json:"never_told"` // who neither came in nor were told why

	Twice      int     `json:"admitted_twice"`
	MostInside int     `json:"most_inside"`
	Inversions int     `json:"inversions_beyond_bucket"`
	WaitP50    float64 `json:"wait_p50_seconds"`
	WaitP90    float64 `json:"wait_p90_seconds"`
	WaitMax    float64 `json:"wait_max_seconds"`

	// Counted is what the room itself counted, nil when it was not asked.
	Counted *Counted `json:"counted,omitempty"`
}

// Counted is a room's own view of a rehearsal.
type Counted struct {
	Arrived             int     `json:"arrived"`
	Admitted            int     `json:"admitted"`
	OvershootMax        int     `json:"overshoot_max"` // visitors
	EstimateErrorP50Pct float64 `json:"estimate_error_p50_pct"`
}

func (r *rehearsal) outcome(visitors []visitor, cut bool) *Outcome {
	o := &Outcome{
		Room: r.Room, Visitors: r.Visitors, Limit: r.Limit, Seconds: time.Since(r.began).Seconds(), Requests: r.requests.Load(), Cut: cut,
		Refused: map[string]int{}, Failed: map[string]int{},
	}
	sessions := map[[16]byte]bool{}
	var waits []float64
	for i := range visitors {
		v := &visitors[i]
		switch {
		case len(v.passes) > 0:
			o.Admitted++
			waits = append(waits, v.admitted.Sub(v.came).Seconds())
			id, ok := sessionOf(v.passes[0])
			if !ok || sessions[id] || len(v.passes) > 1 {
				o.Twice++
			}
			sessions[id] = true
		case v.refused != "":
			o.Refused[v.refused]++
		case v.failed != "":
			o.Failed[v.failed]++
		case v.told:
			o.Waiting++
		default:
			o.Silent++
		}
	}
	o.MostInside = mostInside(r.passes, r.PassLife)
	o.Inversions = inversions(visitors, r.PollEvery+2*time.Second)
	slices.Sort(waits)
	if n := len(waits); n > 0 {
		o.WaitP50, o.WaitP90, o.WaitMax = waits[n/2], waits[n*9/10], waits[n-1]
	}
	return o
}

// mostInside is the most passes that were good at once.
func mostInside(given []time.Time, life time.Duration) (most int) {
	times := slices.SortedFunc(slices.Values(given), time.Time.Compare)
	first := 0
	for i, at := range times {
		// Passes run out at whole seconds: one that ends in this one has ended.
		for at.Sub(times[first]) >= life-time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// inversions is how many came in later than somebody who arrived more than a
// second after them, by more than a round of asking.
func inversions(visitors []visitor, round time.Duration) (n int) {
	var placed []*visitor
	for i := range visitors {
		if v := &visitors[i]; v.bucket > 0 && !v.admitted.IsZero() {
			placed = append(placed, v)
		}
	}
	slices.SortFunc(placed, func(a, b *visitor) int { return int(a.bucket) - int(b.bucket) })
	var earliest time.Time // of those at later, and after
	later := len(placed)
	for i := len(placed) - 1; i >= 0; i-- {
		for later > i+1 && placed[later-1].bucket > placed[i].bucket+1 {
			later--
			if at := placed[later].admitted; earliest.IsZero() || at.Before(earliest) {
				earliest = at
			}
		}
		if !earliest.IsZero() && placed[i].admitted.After(earliest.Add(round)) {
			n++
		}
	}
	return n
}

// Problems are what must not be, as sentences; none is a good rehearsal.
func (o *Outcome) Problems() (list []string) {
	problem := func(wrong bool, format string, a ...any) {
		if wrong {
			list = append(list, fmt.Sprintf(format, a...))
		}
	}
	failed := 0
	for _, n := range o.Failed {
		failed += n
	}
	problem(failed > 0, "%d could not reach the room", failed)
	problem(o.Silent > 0 && !o.Cut, "%d were neither let in nor told why not", o.Silent)
	problem(o.Waiting > 0 && !o.Cut, "%d still waited when the time was over", o.Waiting)
	problem(o.Twice > 0, "%d were let in twice", o.Twice)
	problem(o.MostInside > o.Limit, "%d were inside at once, although %d may", o.MostInside, o.Limit)
	problem(o.Counted != nil && o.Counted.OvershootMax > 0, "the room itself counted %d above the limit", o.over())
	problem(o.Inversions > 0, "%d came in after somebody who came over a second later", o.Inversions)
	return list
}

func (o *Outcome) over() int {
	if o.Counted == nil {
		return 0
	}
	return o.Counted.OvershootMax
}

// Write writes what was found, and the verdict.
func (o *Outcome) Write(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d visitors in %.0f s, %d requests (%.0f a second)\n\n", o.Visitors, o.Seconds, o.Requests, float64(o.Requests)/max(o.Seconds, 1))
	line := func(name, format string, a ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %-34s %s\n", name, fmt.Sprintf(format, a...))
		}
	}
	line("let in", "%d", o.Admitted)
	line("waiting at the end, told where", "%d", o.Waiting)
	for why, n := range o.Refused {
		line("refused", "%d: %s", n, why)
	}
	for why, n := range o.Failed {
		line("failed", "%d: %s", n, why)
	}
	line("neither let in nor told why", "%d", o.Silent)
	line("let in twice", "%d", o.Twice)
	line("inside at once, at most", "%d of %d", o.MostInside, o.Limit)
	line("let in after who came later", "%d", o.Inversions)
	if o.Counted != nil {
		line("counted by the room itself", "%d arrived, %d let in, %d above the limit", o.Counted.Arrived, o.Counted.Admitted, o.Counted.OvershootMax)
	}
	line("waits: median, nine of ten, longest", "%.0f s, %.0f s, %.0f s", o.WaitP50, o.WaitP90, o.WaitMax)
	if err != nil {
		return err
	}
	problems := o.Problems()
	if len(problems) == 0 {
		if o.Cut {
			_, err = fmt.Fprintln(w, "\n✓ Nothing went wrong until it was interrupted.")
			return err
		}
		_, err = fmt.Fprintln(w, "\n✓ Everyone was let in or told why not, nobody twice, and the limit was never crossed.")
		return err
	}
	for _, p := range problems {
		if _, err = fmt.Fprintf(w, "\n✗ %s.", p); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(w)
	return err
}
