// Package order runs tasks that wait for each other, as many at a time as their needs allow.
package order

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Task is one thing to do.
type Task struct {
	Name  string
	Needs []string // names of tasks that must have succeeded before
	Run   func(ctx context.Context) error
}

// Run runs the tasks and returns when all have ended. The first failure cancels the context of the others, and no more
// are begun; it alone is returned, as what follows from it says nothing new. A need that no task answers, and needs in
// a circle, are errors before anything runs.
func Run(ctx context.Context, tasks []Task) error {
	if err := check(tasks); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(map[string]chan struct{}, len(tasks))
	for _, t := range tasks {
		done[t.Name] = make(chan struct{})
	}
	var group sync.WaitGroup
	for _, t := range tasks {
		group.Go(func() {
			for _, need := range t.Needs {
				select {
				case <-done[need]:
				case <-ctx.Done():
					return
				}
			}
			if ctx.Err() != nil {
				return
			}
			if err := t.Run(ctx); err != nil {
				cancel(fmt.Errorf("%s: %w", t.Name, err))
				return
			}
			close(done[t.Name])
		})
	}
	group.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func check(tasks []Task) error {
	byName := map[string]Task{}
	for _, t := range tasks {
		if _, twice := byName[t.Name]; twice {
			return fmt.Errorf("order: two tasks are named %q", t.Name)
		}
		byName[t.Name] = t
	}
	const visiting, visited = 1, 2
	state := map[string]int{}
	var visit func(name string, path []string) error
	visit = func(name string, path []string) error {
		t, known := byName[name]
		switch {
		case !known:
			return fmt.Errorf("order: %s needs %q, which no task is", path[len(path)-1], name)
		case state[name] == visiting:
			return errors.New("order: these need each other: " + strings.Join(append(path, name), " -> "))
		case state[name] == visited:
			return nil
		}
		state[name] = visiting
		for _, need := range t.Needs {
			if err := visit(need, append(path, name)); err != nil {
				return err
			}
		}
		state[name] = visited
		return nil
	}
	for _, t := range tasks {
		if err := visit(t.Name, nil); err != nil {
			return err
		}
	}
	return nil
}
