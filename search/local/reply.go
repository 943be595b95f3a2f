package local

import (
	"errors"
	"io"
	"net/http"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/store"
)

const jsonType = "application/json; charset=utf-8"

var (
	errJSON       = fault.Bad("Bad JSON.")
	errCollection = fault.NotFound("Collection not found")
	errFull       = fault.New(http.StatusUnprocessableEntity, "Rejecting write: running out of resource type: OUT_OF_DISK")
)

// reply answers with v as JSON.
func (c *call) reply(status int, v any) error {
	buffer := c.s.buffer()
	body, err := schema.AppendJSON((*buffer)[:0], v)
	if err != nil {
		return err
	}
	defer c.s.buffers.Put(buffer)
	*buffer = body
	if c.w.Header().Get("Content-Type") == "" {
		c.w.Header().Set("Content-Type", jsonType)
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // the client has gone: nobody to tell
	return nil
}

// buffer is memory for an answer, perhaps that of an earlier one.
func (s *Server) buffer() *[]byte {
	if b, ok := s.buffers.Get().(*[]byte); ok {
		return b
	}
	return new([]byte)
}

func (c *call) ok(v any) error { return c.reply(http.StatusOK, v) }

// fail answers with an error. What is wrong with the server itself is logged.
func (c *call) fail(err error) {
	f := visible(err)
	if f.Status >= http.StatusInternalServerError || errors.Is(err, store.ErrFull) {
		c.s.log.Error("search request failed", "method", c.r.Method, "path", c.r.URL.Path, "error", err)
	}
	_ = c.reply(f.Status, map[string]any{"message": f.Message}) // always encodes
}

// visible is an error as the client is shown it.
func visible(err error) *fault.Error {
	if errors.Is(err, store.ErrFull) {
		return errFull
	}
	return fault.Of(err)
}

// read reads the body.
func (c *call) read() ([]byte, error) {
	if c.body != nil {
		return c.body, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return nil, fault.New(http.StatusRequestEntityTooLarge, "Request body is too large.")
	}
	if err != nil {
		return nil, fault.Bad("Request body could not be read.")
	}
	c.body = body
	return body, nil
}

// object reads a body that is a JSON object.
func (c *call) object() (map[string]any, error) {
	body, err := c.read()
	if err != nil {
		return nil, err
	}
	var v any
	if err := schema.Decode(body, &v); err != nil {
		return nil, errJSON
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, errJSON
	}
	return o, nil
}

// window applies the parameters limit and offset to a list of n.
func (c *call) window(n int) (from, to int, err error) {
	limit, offset := 0, 0
	for name, into := range map[string]*int{"Limit": &limit, "Offset": &offset} {
		v, ok := c.params[map[string]string{"Limit": "limit", "Offset": "offset"}[name]]
		if !ok {
			continue
		}
		i, ok := unsigned(v)
		if !ok {
			return 0, 0, fault.Bad("%s param should be unsigned integer.", name)
		}
		*into = i
	}
	if offset > 0 && offset >= n {
		return 0, 0, fault.Bad("Invalid offset param.")
	}
	if limit > 0 && offset+limit < n {
		return offset, offset + limit, nil
	}
	return offset, n, nil
}
