package rank

// Kind is what one key of an order is, as unions of searches compare it.
type Kind struct {
	Name      string
	Type      string
	Ascending bool
}

// Order is the direction of the key.
func (k Kind) Order() string {
	if k.Ascending {
		return "ASC"
	}
	return "DESC"
}

// Kinds returns what the keys are.
func (k *Keys) Kinds() []Kind {
	var out []Kind
	for _, e := range k.list {
		kind := Kind{Name: e.spec.name, Ascending: e.ascending}
		switch e.kind {
		case byText:
			kind.Type = "text_match"
		case bySequence:
			kind.Type = "insertion_timestamp"
		case byCondition:
			kind.Type = "eval"
		default:
			kind.Type = e.def.Type + "_field"
		}
		out = append(out, kind)
	}
	return out
}

// Strings returns the strings that a hit is sorted by, by key.
func (k *Keys) Strings(h Hit) [3]string {
	var out [3]string
	for i := range k.list {
		if k.list[i].kind == byString {
			out[i] = k.list[i].strings.Key(h.Doc)
		}
	}
	return out
}
