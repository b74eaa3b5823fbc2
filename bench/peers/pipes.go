// The pipes workload with Go, with a goroutine for each pipe. The arguments are the numbers of pipes,
// active ones, writes and runs.

package main

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	readEnds, writeEnds []*os.File
	finished            = make(chan struct{})
	// Goroutines run in several threads.
	writesLeft, unseen atomic.Int64
)

func openPipe() {
	var ends [2]int
	checked(syscall.Pipe2(ends[:], syscall.O_NONBLOCK|syscall.O_CLOEXEC))
	readEnds = append(readEnds, file(ends[0]))
	writeEnds = append(writeEnds, file(ends[1]))
}

func read(index int) {
	for {
		readByte(readEnds[index])
		if writesLeft.Add(-1) >= 0 {
			writeByte(writeEnds[(index+1)%len(writeEnds)])
		}
		if unseen.Add(-1) == 0 {
			finished <- struct{}{}
		}
	}
}

// run returns the time of an event, in µs.
func run(active, writes int) float64 {
	events := active + writes
	writesLeft.Store(int64(writes))
	unseen.Store(int64(events))
	space := len(writeEnds) / active
	for i := 0; i < active; i++ {
		writeByte(writeEnds[i*space])
	}
	start := time.Now()
	<-finished
	return time.Since(start).Seconds() * 1e6 / float64(events)
}

func main() {
	pipes, active, writes, runs := argument(1), argument(2), argument(3), argument(4)
	for i := 0; i < pipes; i++ {
		openPipe()
	}
	for i := 0; i < pipes; i++ {
		go read(i)
	}
	var measured []string
	for i := 0; i < runs; i++ {
		measured = append(measured, fmt.Sprintf("%.4f", run(active, writes)))
	}
	fmt.Printf("{\"runs\":[%s]}\n", strings.Join(measured, ","))
}
