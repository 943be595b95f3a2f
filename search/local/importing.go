package local

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/stagedoor/stagedoor/search/local/engine"
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

const (
	maxLine     = 32 << 20 // bytes of one document
	importBatch = 1000     // documents written together
	importBytes = 8 << 20  // or as many as make up so many bytes
)

// importOptions are the parameters of an import.
type importOptions struct {
	mode    engine.Mode
	doc, id bool // results hold the document, or its id
}

func (c *call) importOptions() (importOptions, error) {
	var o importOptions
	if v, ok := c.params["batch_size"]; ok {
		if n, ok := unsigned(v); !ok || n == 0 {
			return o, fault.Bad("Parameter `batch_size` must be a positive integer.")
		}
	}
	var err error
	if o.mode, err = c.mode(); err != nil {
		return o, err
	}
	for name, into := range map[string]*bool{"return_doc": &o.doc, "return_id": &o.id} {
		switch v, ok := c.params[name]; {
		case v == "true":
			*into = true
		case ok && v != "false":
			return o, fault.Bad("Parameter `%s` must be a true|false.", name)
		}
	}
	return o, nil
}

// importDocuments writes the documents of the body, one a line, and answers with
// a line for each. The answer begins before the body has been read to its end.
func (c *call) importDocuments() error {
	o, err := c.importOptions()
	if err != nil {
		return err
	}
	h, err := c.collection()
	if err != nil {
		return err
	}
	answer := http.NewResponseController(c.w)
	_ = answer.EnableFullDuplex() // not needed, nor there, in tests
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.w.WriteHeader(http.StatusOK)
	in := lines{r: bufio.NewReaderSize(c.r.Body, 256<<10)}
	out := bufio.NewWriterSize(c.w, 64<<10)
	first := true
	for {
		batch, err := in.batch()
		if err != nil {
			// The client went away: what is written stays written.
			c.s.log.Warn("import broke off", "collection", c.path["collection"], "error", err)
			panic(http.ErrAbortHandler)
		}
		if len(batch) == 0 {
			break
		}
		results := make([]engine.Result, len(batch))
		h.WriteAll(batch, o.mode, results)
		for i := range results {
			if !first {
				_ = out.WriteByte('\n')
			}
			first = false
			_, _ = out.Write(c.line(&results[i], batch[i], o)) // a client that has gone is noticed above
		}
		_ = out.Flush()
		_ = answer.Flush() // what is written is acknowledged at once
	}
	return nil
}

// line is the result of one document.
func (c *call) line(r *engine.Result, line []byte, o importOptions) []byte {
	v := map[string]any{"success": r.Err == nil}
	if r.Err != nil {
		f := visible(r.Err)
		if f.Status >= http.StatusInternalServerError {
			c.s.log.Error("import failed", "collection", c.path["collection"], "error", r.Err)
		}
		v["code"], v["error"] = f.Status, f.Message
		if o.doc {
			v["document"] = string(line)
		}
	} else if o.doc {
		v["document"] = r.Doc
	}
	if o.id && r.ID != "" {
		v["id"] = r.ID
	}
	body, err := schema.Encode(v)
	if err != nil {
		return []byte(`{"success":false,"code":500,"error":"Could not encode the result."}`)
	}
	return body
}

// lines reads a body line by line; empty lines are left out.
type lines struct {
	r *bufio.Reader
}

// batch reads the next lines, none at the end.
func (l *lines) batch() ([][]byte, error) {
	var out [][]byte
	size := 0
	for len(out) < importBatch && size < importBytes {
		line, err := l.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return out, err
		}
		if len(line) > 0 {
			out = append(out, line)
			size += len(line)
		}
		if err != nil {
			break
		}
	}
	return out, nil
}

func (l *lines) next() ([]byte, error) {
	var line []byte
	for {
		part, err := l.r.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return nil, errors.New("a line of the import is too long")
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSpace(line), err
		}
	}
}
