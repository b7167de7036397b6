package verb_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/verb"
)

// A program with a flag for what it says, and a command of its own.
func ExampleProgram() {
	program := verb.Program{
		Name:       "shop",
		Topologies: []*topology.Topology{shopOf("thank you for %d")},
		Flags: func() []cli.Flag {
			return []cli.Flag{&cli.StringFlag{Name: "saying", Value: "thank you for %d",
				Usage: "`TEXT` of advice"}}
		},
		Build: func(_ context.Context, cmd *cli.Command) (verb.Built, error) {
			t := shopOf(cmd.String("saying"))
			return verb.Built{Topologies: []*topology.Topology{t}}, nil
		},
		Verbs: []verb.Verb{greet},
	}
	// In func main this is program.Main().
	program.Run(context.Background(), []string{"shop", "greet", "ann"}, os.Stdin, os.Stdout, os.Stderr)
	// Output: hello, ann
}

// greet is a verb: it makes a command of the program.
func greet(p verb.Program) *cli.Command {
	return &cli.Command{
		Name:  "greet",
		Usage: "greet a customer of " + p.Name,
		Action: func(_ context.Context, cmd *cli.Command) error {
			args, err := verb.Arguments(cmd, 1, 1, "CUSTOMER")
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.Root().Writer, "hello,", args[0])
			return err
		},
	}
}

// A verb that talks to the brokers of a running worker shares its flags with send and tail.
func ExampleVerb() {
	count := func(p verb.Program) *cli.Command {
		return &cli.Command{
			Name:  "topics",
			Usage: "print how many topics there are",
			Flags: verb.ClientFlags(),
			Action: func(ctx context.Context, cmd *cli.Command) (err error) {
				client, err := p.Dial(ctx, cmd)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, client.Close()) }()

				topics, err := client.Topics()
				fmt.Fprintln(cmd.Root().Writer, len(topics))

				return err
			},
		}
	}
	program := verb.Program{Name: "shop", Verbs: []verb.Verb{count}}
	args := []string{"shop", "topics", "--brokers", "nowhere"}
	fmt.Println(program.Run(context.Background(), args, os.Stdin, os.Stdout, os.Stdout))
	// Output:
	// shop: processors: config: Brokers: "nowhere" is not host:port
	// 1
}
