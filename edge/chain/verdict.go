package chain

// Kind is how a filter wants to go on.
type Kind uint8

const (
	// Continued passes the exchange to the next filter.
	Continued Kind = iota
	// Responded ends the chain: the plan is made.
	Responded
	// Failed says the filter could not do its work; its Direction decides.
	Failed
)

func (k Kind) String() string {
	switch k {
	case Responded:
		return "respond"
	case Failed:
		return "fail"
	default:
		return "continue"
	}
}

// Reason is a stable code, "filter.what-happened", for traces, metrics and
// tests. Reasons are constants: they cost nothing and never hold visitor data.
type Reason string

// Verdict is what a filter decided, and why.
type Verdict struct {
	Kind   Kind
	Reason Reason
}

// Continue goes on.
func Continue(why Reason) Verdict { return Verdict{Continued, why} }

// Respond ends the chain.
func Respond(why Reason) Verdict { return Verdict{Responded, why} }

// Fail leaves it to the filter's Direction.
func Fail(why Reason) Verdict { return Verdict{Failed, why} }

// Decision is one line of the decision trace.
type Decision struct {
	Filter string
	Verdict
}
