package site

import (
	"strconv"
	"strings"
)

// Bounds on Bots.
const (
	maxAgents      = 500
	minAgent       = 4 // bytes: less is in too many agents
	maxAgent       = 100
	maxClientKeys  = 1000
	clientKeyChars = 64
)

// browsers are the agents of ordinary browsers, which no rule may refuse.
var browsers = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
}

func (s *Site) validateBots(f *Faults) {
	b := &s.Bots
	if len(b.BlockAgents) > maxAgents {
		f.add("bots.block_agents", "must be at most "+strconv.Itoa(maxAgents))
	} else {
		for i, agent := range b.BlockAgents {
			if problem := agentProblem(agent); problem != "" {
				f.add(at("bots.block_agents", i, ""), problem)
			}
		}
	}
	if b.MinScore < 0 || b.MinScore > 99 {
		f.add("bots.min_score", "must be 0 (off) to 99")
	}
	if len(b.ClientKeys) > maxClientKeys {
		f.add("bots.client_keys", "must be at most "+strconv.Itoa(maxClientKeys))
		return
	}
	seen := make(map[string]bool, len(b.ClientKeys))
	for i, key := range b.ClientKeys {
		switch {
		case !isLowerHex(key, clientKeyChars):
			// The value is left out: someone may have pasted the key itself.
			f.add(at("bots.client_keys", i, ""), "must be a SHA-256 sum: 64 hexadecimal digits in lower case")
		case seen[key]:
			f.add(at("bots.client_keys", i, ""), "is there twice")
		}
		seen[key] = true
	}
}

func agentProblem(agent string) string {
	if len(agent) < minAgent || len(agent) > maxAgent {
		return "must be " + strconv.Itoa(minAgent) + " to " + strconv.Itoa(maxAgent) + " characters"
	}
	for i := 0; i < len(agent); i++ {
		if agent[i] < ' ' || agent[i] > '~' {
			return "must be printable ASCII"
		}
	}
	for _, browser := range browsers {
		if containsFold(browser, agent) {
			return "is part of what ordinary browsers call themselves, and would refuse visitors"
		}
	}
	return ""
}

func containsFold(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

func isLowerHex(s string, length int) bool {
	if len(s) != length {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}
