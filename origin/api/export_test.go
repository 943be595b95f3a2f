package api

// ProblemCodes lists the codes of the catalogue.
func ProblemCodes() []string {
	var codes []string
	for _, k := range catalogue {
		codes = append(codes, string(k.Code))
	}
	return codes
}
