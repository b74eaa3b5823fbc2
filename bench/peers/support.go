// What the peers written in Go share.

package main

import (
	"os"
	"strconv"
	"syscall"
)

// checked ends the process, saying what failed, if something has.
func checked(err error) {
	if err != nil {
		panic(err)
	}
}

// argument returns argument `position`, counted from 1, which has to be a number.
func argument(position int) int {
	number, err := strconv.Atoi(os.Args[position])
	checked(err)
	return number
}

// file makes a file of a nonblocking descriptor: Go then waits for it by its netpoller.
func file(fd int) *os.File {
	return os.NewFile(uintptr(fd), "")
}

// readByte waits for a byte and reads it.
func readByte(from *os.File) {
	var buffer [1]byte
	_, err := from.Read(buffer[:])
	checked(err)
}

// writeByte writes a byte, for which there must be room.
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
