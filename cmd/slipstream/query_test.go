package main

import "testing"

func testQuery(t *testing.T) {}
