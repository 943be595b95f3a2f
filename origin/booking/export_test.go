package booking

// Probe calls f at every place between two steps where the process may die. For tests.
func (s *Service) Probe(f func(step string)) { s.probe = f }
