// Two goroutines send one byte back and forth. The argument is the number of round trips.

package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

func serve(end *os.File, roundTrips int) {
	for i := 0; i < roundTrips; i++ {
		writeByte(end)
		readByte(end)
	}
}

func answer(end *os.File, roundTrips int, done chan<- struct{}) {
	for i := 0; i < roundTrips; i++ {
		readByte(end)
		writeByte(end)
	}
	close(done)
}

func main() {
	roundTrips := argument(1)
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
	checked(err)
	left, right := file(ends[0]), file(ends[1])
	done := make(chan struct{})
	cpuBefore := cpuMicroseconds()
	start := time.Now()
	go answer(right, roundTrips, done)
	serve(left, roundTrips)
	<-done
	roundTrip := time.Since(start).Seconds() * 1e6 / float64(roundTrips)
	cpu := (cpuMicroseconds() - cpuBefore) / float64(roundTrips)
	fmt.Printf("{\"roundTrip\":%.4f,\"cpu\":%.4f}\n", roundTrip, cpu)
}
