package tinygo

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// libraries are the prebuilt archives the edge links.
type libraries struct{ libc, builtins string }

// Packages are the Debian and Ubuntu packages a build from source needs.
var Packages = []string{"llvm-19-dev", "clang-19", "libclang-19-dev", "lld-19", "wasi-libc", "libclang-rt-19-dev-wasm32", "g++"}

// findLibraries finds what the distribution provides and names every missing
// package at once.
func findLibraries() (libs libraries, err error) {
	var missing []string
	need := func(pkg string, patterns ...string) string {
		for _, pattern := range patterns {
			if found, _ := filepath.Glob(pattern); len(found) > 0 {
				return found[len(found)-1]
			}
		}
		missing = append(missing, pkg)
		return ""
	}
	need("llvm-19-dev", "/usr/lib/llvm-19/include/llvm-c/Core.h")
	need("libclang-19-dev", "/usr/lib/llvm-19/include/clang-c/Index.h")
	need("clang-19", "/usr/lib/llvm-19/bin/clang")
	need("lld-19", "/usr/lib/llvm-19/bin/wasm-ld")
	libs.libc = need("wasi-libc", "/usr/lib/wasm32-wasi/libc.a", "/usr/lib/wasm32-wasip1/libc.a")
	libs.builtins = need("libclang-rt-19-dev-wasm32",
		"/usr/lib/llvm-19/lib/clang/19*/lib/wasi/libclang_rt.builtins-wasm32.a",
		"/usr/lib/llvm-19/lib/clang/19*/lib/wasm32-unknown-wasi/libclang_rt.builtins.a")
	if _, err := exec.LookPath("c++"); err != nil {
		missing = append(missing, "g++")
	}
	if len(missing) > 0 {
		return libs, fmt.Errorf("tinygo: building the edge needs TinyGo, and building that needs what is not installed: apt-get install %s "+
			"(Debian's backports or apt.llvm.org have LLVM 19 where the release does not; an official tinygo 0.41 or newer on PATH does as well)",
			strings.Join(missing, " "))
	}
	return libs, nil
}
