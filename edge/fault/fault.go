// Package fault says what went wrong without package fmt, whose formatting and
// reflection would be a fifth of the edge's Wasm module.
package fault

// At puts what was being done before an error; errors.Is and errors.As see
// through it. The texts of what are joined as they are.
func At(err error, what ...string) error {
	return &placed{what: join(what), err: err}
}

// New makes an error of texts, joined as they are.
func New(texts ...string) error { return &plain{join(texts)} }

type placed struct {
	what string
	err  error
}

func (p *placed) Error() string { return p.what + p.err.Error() }
func (p *placed) Unwrap() error { return p.err }

type plain struct{ text string }

func (p *plain) Error() string { return p.text }

func join(texts []string) (all string) {
	for _, text := range texts {
		all += text
	}
	return all
}
