//go:build tinygo

package site

func (s *Site) decodeOther(r *jsonReader, _ string) { r.Skip() }
