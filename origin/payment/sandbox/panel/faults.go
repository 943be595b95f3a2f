package panel

import (
	"net/http"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/api"
)

// kind is a way for requests to go wrong.
type kind struct {
	Name, Title string
	fault       api.Fault
	slow        bool // takes the form's delay
}

// patience is longer than any client waits for an answer.
const patience = 2 * time.Minute

// kinds are the ways for requests to go wrong, in the order of the page.
var kinds = []kind{
	{"500", "Answer 500, and do nothing", api.Fault{Status: http.StatusInternalServerError}, false},
	{"500_done", "Do it, and answer 500 all the same", api.Fault{Status: http.StatusInternalServerError, Effect: true}, false},
	{"500_kept", "Do it, answer 500, and keep that 500 for its idempotency key", api.Fault{Status: http.StatusInternalServerError, Effect: true, Keep: true}, false},
	{"503", "Answer 503, and do nothing", api.Fault{Status: http.StatusServiceUnavailable}, false},
	{"429", "Answer 429: too many requests", api.Fault{Status: http.StatusTooManyRequests}, false},
	{"timeout", "Never answer, and do nothing", api.Fault{Delay: patience, Drop: true}, false},
	{"timeout_done", "Do it, and never answer: the success behind a timeout", api.Fault{Delay: patience, Drop: true, Effect: true}, false},
	{"cut", "Cut the connection, and do nothing", api.Fault{Drop: true}, false},
	{"cut_done", "Do it, and cut the connection", api.Fault{Drop: true, Effect: true}, false},
	{"slow", "Answer rightly, but slowly", api.Fault{Effect: true}, true},
}

// faultCall is what requests may be picked by.
type faultCall struct{ Name, Title, method, path string }

var calls = []faultCall{
	{"all", "Any request", "", ""},
	{"pay", "Starting a payment", http.MethodPost, "/v1/payment_intents"},
	{"refund", "Giving money back", http.MethodPost, "/v1/refunds"},
	{"read", "Reading", http.MethodGet, "/v1/"},
}

func (p *Panel) inject(f *form) (done, error) {
	var names, picks []string
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	for _, c := range calls {
		picks = append(picks, c.Name)
	}
	name, pick, times, delay := f.choice("kind", names...), f.choice("call", picks...), f.number("times", 1, 1000), f.number("delay", 0, 600)
	if f.err != nil {
		return done{}, f.err
	}
	var fault api.Fault
	for _, k := range kinds {
		if k.Name == name {
			if fault = k.fault; k.slow {
				fault.Delay = time.Duration(max(1, delay)) * time.Second
			}
		}
	}
	for _, c := range calls {
		if c.Name == pick {
			fault.Method, fault.Path = c.method, c.path
		}
	}
	fault.Times = times
	p.API.Inject(fault)
	return done{Back: "/faults", Said: "faulty"}, nil
}

func (p *Panel) clear(*form) (done, error) {
	p.API.ClearFaults()
	return done{Back: "/faults", Said: "cleared"}, nil
}

// plannedFault is one that is still to happen, in words.
type plannedFault struct {
	Title string `json:"title"`
	Call  string `json:"call"`
	Times int    `json:"times"`
}

func (p *Panel) planned() []plannedFault {
	out := []plannedFault{}
	for _, f := range p.API.PlannedFaults() {
		row := plannedFault{Title: "Planned by a test", Call: "Any request", Times: f.Times}
		for _, k := range kinds {
			same := k.fault
			same.Method, same.Path, same.Times = f.Method, f.Path, f.Times
			if k.slow {
				same.Delay = f.Delay
			}
			if same == f {
				row.Title = k.Title
				break
			}
		}
		for _, c := range calls {
			if c.method == f.Method && c.path == f.Path {
				row.Call = c.Title
			}
		}
		out = append(out, row)
	}
	return out
}

func (p *Panel) showFaults(w http.ResponseWriter, r *http.Request) {
	data := struct {
		Planned []plannedFault `json:"planned"`
		Kinds   []kind         `json:"-"`
		Calls   []faultCall    `json:"-"`
	}{p.planned(), kinds, calls}
	p.page(w, r, "faults", data)
}
