package filter

// badAgents are parts of what programs call themselves that look for holes, or
// that copy whole sites, and that no theatre has any use for. Search engines,
// link previews and ordinary HTTP libraries are not among them: partners use
// those, and who hides behind another agent is a matter for the bot score.
var badAgents = []string{
	"acunetix", "appscan", "arachni", "brutus/", "burpcollaborator", "commix", "dirbuster", "dirsearch", "evilscanner", "feroxbuster", "fuzz faster",
	"gobuster", "grabber", "havij", "httrack", "hydra/", "joomscan", "jorgee", "l9explore", "l9tcpid", "libwww-perl/exploit", "masscan",
	"metasploit", "morfeus", "muieblackcat", "nessus", "netsparker", "nikto", "nmap scripting", "nuclei", "openvas", "paros/", "pangolin",
	"qualys was", "sitesucker", "skipfish", "sqlmap", "sqlninja", "teleport pro", "w3af", "webbandit", "webcopier", "webinspect", "webzip", "wfuzz",
	"whatweb", "wpscan", "zgrab", "zmeu",
}

// crawlers are parts of what search engines call themselves. They count only
// for a bot that the network has verified.
var crawlers = []string{
	"adsbot-google", "applebot", "baiduspider", "bingbot", "bravebot", "duckduckbot", "googlebot", "google-inspectiontool", "kagibot",
	"mojeekbot", "msnbot", "naver", "petalbot", "qwantbot", "qwantify", "seznambot", "slurp", "sogou", "storebot-google", "yandex", "yeti/",
}

// agentList finds whether any of many texts is part of an agent, without case
// and in one pass over it: at each place only texts that begin with its two
// bytes are looked at.
type agentList struct {
	texts []string     // in lower case
	first [1024]uint16 // by beginning: an index into texts, plus 1
	next  []uint16     // of the same beginning, plus 1
}

// newAgentList makes one of texts of at least two bytes.
func newAgentList(lists ...[]string) *agentList {
	l := &agentList{}
	for _, list := range lists {
		for _, text := range list {
			lower := make([]byte, len(text))
			for i := range lower {
				lower[i] = lowerCase(text[i])
			}
			l.texts = append(l.texts, string(lower))
			h := beginning(lower[0], lower[1])
			l.next = append(l.next, l.first[h])
			l.first[h] = uint16(len(l.texts))
		}
	}
	return l
}

// beginning is the same for both cases of two letters.
func beginning(a, b byte) uint16 { return uint16(a&31)<<5 | uint16(b&31) }

func lowerCase(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func (l *agentList) matches(agent string) bool {
	for i := 0; i+1 < len(agent); i++ {
		for t := l.first[beginning(agent[i], agent[i+1])]; t != 0; t = l.next[t-1] {
			if hasPrefixFold(agent[i:], l.texts[t-1]) {
				return true
			}
		}
	}
	return false
}

// hasPrefixFold compares ASCII letters without case; prefix is in lower case.
func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := 0; i < len(prefix); i++ {
		if lowerCase(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}
