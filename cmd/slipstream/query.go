package main

import "github.com/urfave/cli/v3"

func queryCommand() *cli.Command { return &cli.Command{Name: "query", Usage: "x"} }
