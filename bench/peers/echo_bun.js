// Echoes data from fd 3 with Bun's own sockets.

await Bun.connect({
  fd: 3,
  socket: {
    data: (socket, chunk) => void socket.write(chunk),
    end: (socket) => socket.end(),
  },
});
