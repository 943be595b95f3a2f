package freeport

// BeginAt has the search go on at a port.
func BeginAt(port int) { next = port }
