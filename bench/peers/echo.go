// Echoes data from fd 3, waiting with Go's netpoller.

package main

import "io"

func main() {
	socket := file(3)
	buffer := make([]byte, 64)
	for {
		count, err := socket.Read(buffer)
		if err == io.EOF {
			return
		}
		checked(err)
		_, err = socket.Write(buffer[:count])
		checked(err)
	}
}
