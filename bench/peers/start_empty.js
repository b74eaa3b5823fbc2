// A program that does nothing: what each runtime needs to start.
