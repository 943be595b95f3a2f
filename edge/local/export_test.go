package local

// Kill ends the edge's process without a word, as a crash would.
func (e *Edge) Kill() error { return e.cmd.Process.Kill() }

// PID is the edge's process, which leads a group of its own.
func (e *Edge) PID() int { return e.cmd.Process.Pid }
