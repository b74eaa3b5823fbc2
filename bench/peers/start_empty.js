// A program that does nothing: the runtime's own start.
