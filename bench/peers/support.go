// The common part of the peers in Go.

package main

import (
	"os"
	"strconv"
	"syscall"
)

// checked ends the process with a message if something has failed.
func checked(err error) {
	if err != nil {
		panic(err)
	}
}

// argument returns the argument at `position`, counted from 1, which must be a number.
func argument(position int) int {
	number, err := strconv.Atoi(os.Args[position])
	checked(err)
	return number
}

// file creates a file from a nonblocking descriptor. Go waits for it with its netpoller.
func file(fd int) *os.File {
	return os.NewFile(uintptr(fd), "")
}

// readByte waits for a byte and reads it.
func readByte(from *os.File) {
	var buffer [1]byte
	_, err := from.Read(buffer[:])
	checked(err)
}

// writeByte writes a byte, which must fit.
func writeByte(to *os.File) {
	_, err := to.Write([]byte("x"))
	checked(err)
}

// cpuMicroseconds returns the CPU time of this process.
func cpuMicroseconds() float64 {
	var usage syscall.Rusage
	checked(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e3
}
