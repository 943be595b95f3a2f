package explain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// Every reason that the source of the edge can give has a sentence, and every
// sentence a reason.
func TestEveryReasonHasASentence(t *testing.T) {
	given := reasons(t)
	if len(given) < 40 {
		t.Fatalf("only %d reasons were found: has the source moved?", len(given))
	}
	for reason, at := range given {
		if sentences[reason] == "" {
			t.Errorf("%s: %s has no sentence", at, reason)
		}
	}
	for reason, sentence := range sentences {
		if given[reason] == "" {
			t.Errorf("%s has a sentence, but nothing gives it as a reason", reason)
		}
		if first, last := []rune(sentence)[0], sentence[len(sentence)-1]; last != '.' || !unicode.IsUpper(first) && !strings.HasPrefix(sentence, "robots.txt") && !strings.HasPrefix(sentence, "security.txt") {
			t.Errorf("%s: %q is not a sentence", reason, sentence)
		}
		if len(sentence) > 130 {
			t.Errorf("%s: the sentence has %d bytes; a line on a phone is short", reason, len(sentence))
		}
	}
}

// reasons finds every constant and literal of type chain.Reason below edge/,
// with where it stands.
func reasons(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	fset := token.NewFileSet()
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(fset, filepath.Join("..", path), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			for _, value := range reasonsIn(n) {
				if text, ok := value.(*ast.BasicLit); ok && text.Kind == token.STRING {
					reason, err := strconv.Unquote(text.Value)
					if err != nil {
						t.Fatal(err)
					}
					out[reason] = fset.Position(text.Pos()).String()
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// reasonsIn are the expressions in a node that make a reason: the values of a
// constant or variable of that type, and the arguments of the functions that
// take one.
func reasonsIn(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.ValueSpec:
		if name(n.Type) == "Reason" {
			return n.Values
		}
	case *ast.CallExpr:
		if slices.Contains([]string{"Continue", "Respond", "Fail", "Reason"}, name(n.Fun)) {
			return n.Args
		}
	}
	return nil
}

// name is the last part of a possibly qualified name.
func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	default:
		return ""
	}
}
