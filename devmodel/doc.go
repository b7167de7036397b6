// Package devmodel finds a local language model, or brings one: a server, and weights for it.
//
// Ensure asks in this order, and says each step in a line of progress:
//
//  1. the Ollama that OLLAMA_HOST names, or that listens on its usual port, if it has the model or pulls it;
//  2. an ollama on the PATH, started on a loopback port of its own;
//  3. the prebuilt server of llama.cpp, see package llamacpp, with weights that are brought in the same way.
//
// A server of our own keeps everything under one cache folder, never listens outside loopback, and does not
// outlive this process, however that ends. Once everything is in the cache, no network is needed.
//
// It is for development and demonstrations. In production, name your own Ollama in OLLAMA_HOST.
package devmodel
