// Package child starts programs that do not outlive this process.
package child
