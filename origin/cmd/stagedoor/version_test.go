package main

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	read := func(settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{}
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	const long = "0123456789abcdef0123456789abcdef01234567"
	for _, tc := range []struct {
		name     string
		commit   string
		modified bool
		info     *debug.BuildInfo
		want     string
	}{
		{"told by compile.sh", long, false, read(), "0123456789ab"},
		{"told, with files changed", "abc", true, nil, "abc+"},
		{"told counts more than read", "abc", false, read("vcs.revision", long, "vcs.modified", "true"), "abc"},
		{"read by Go", "", false, read("vcs.revision", long, "vcs.modified", "false"), "0123456789ab"},
		{"read, with files changed", "", false, read("vcs.revision", long, "vcs.modified", "true"), "0123456789ab+"},
		{"from an archive", "", false, read(), "unversioned"},
		{"not even built as a module", "", false, nil, "unversioned"},
	} {
		if got := versionOf(tc.commit, tc.modified, tc.info); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
