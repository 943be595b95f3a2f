//go:build !tinygo

package site

import (
	"strconv"
	"strings"
)

func (s *Site) validateEpochs(f *Faults) {
	e := s.CacheEpochs
	if len(e.Config) > 32 || strings.Trim(e.Config, "0123456789abcdef") != "" {
		f.add("cache_epochs.config", "must be at most 32 hexadecimal digits")
	}
	if len(e.Tags) > MaxCacheTags {
		f.add("cache_epochs.tags", "must be at most "+strconv.Itoa(MaxCacheTags))
	}
	for tag, n := range e.Tags {
		if rest, ours := strings.CutPrefix(tag, s.ID); !ours || rest != "" && rest[0] != '-' || len(tag) > 256 || n < 1 {
			f.add("cache_epochs.tags["+tag+"]", "must be a tag of the site, and 1 or more")
		}
	}
}

// decodeOther reads what the Wasm build passes over: the shell reads it there.
func (s *Site) decodeOther(r *jsonReader, key string) {
	if key != "cache_epochs" {
		r.Skip()
		return
	}
	r.fieldsOf(map[string]func(){
		"config": func() { s.CacheEpochs.Config = r.String() },
		"tags": func() {
			s.CacheEpochs.Tags = map[string]int64{}
			r.Object(func(tag string) { s.CacheEpochs.Tags[tag] = r.Long() })
		},
	})
}

func (r *jsonReader) fieldsOf(fields map[string]func()) {
	r.Object(func(key string) {
		if read := fields[key]; read != nil {
			read()
		} else {
			r.Skip()
		}
	})
}
