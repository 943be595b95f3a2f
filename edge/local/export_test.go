package local

// Kill ends the edge's process without a word, as a crash would.
func (e *Edge) Kill() error { return e.cmd.Process.Kill() }
