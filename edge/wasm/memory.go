//go:build tinygo

package main

import (
	"runtime"
	"unsafe"
)

// TinyGo doubles its heap when it runs out. That suits small things; an index
// of 20 MB would leave an isolate, which has 128 MB, with twice what it needs.
// So the heap is made to grow by just enough, with the runtime's own functions.
// The module's memory has an upper bound (infra/tinygo/target.json), at which
// doubling fails and the heap stays as it is.

//go:linkname popFreeRange runtime.popFreeRange
func popFreeRange(blocks uintptr) unsafe.Pointer

//go:linkname insertFreeRange runtime.insertFreeRange
func insertFreeRange(at unsafe.Pointer, blocks uintptr)

//go:linkname setHeapEnd runtime.setHeapEnd
func setHeapEnd(end uintptr)

//export llvm.wasm.memory.size.i32
func memorySize(index int32) int32

//export llvm.wasm.memory.grow.i32
func memoryGrow(index int32, pages int32) int32

const (
	pageSize  = 64 << 10
	blockSize = 16
	large     = 256 << 10 // bytes; what is smaller is allocated as usual
)

// allocate returns memory of a length, nil when there is no room.
func allocate(length int) []byte {
	if length >= large && !makeRoom(uintptr(length)) {
		return nil
	}
	return make([]byte, length)
}

// makeRoom sees to it that the next allocation, if it is of this length, needs
// no growing.
func makeRoom(length uintptr) bool {
	blocks := (length+blockSize-1)/blockSize + 2 // and the object's header
	if hasRoom(blocks) {
		return true
	}
	runtime.GC()
	if hasRoom(blocks) {
		return true
	}
	// The heap's own table takes a 64th of it, and moves: it must not land on
	// where it was.
	size := uintptr(memorySize(0)) * pageSize
	grow := max(length+length/32, size/32) + pageSize
	if memoryGrow(0, int32((grow+pageSize-1)/pageSize)) < 0 {
		return false
	}
	setHeapEnd(uintptr(memorySize(0)) * pageSize)
	return hasRoom(blocks)
}

func hasRoom(blocks uintptr) bool {
	at := popFreeRange(blocks)
	if at == nil {
		return false
	}
	insertFreeRange(at, blocks)
	return true
}
