// Package mcp takes tools from servers of the Model Context Protocol, through its official Go SDK.
//
//	server, err := mcp.Connect(ctx, mcp.Config{
//		URL: "https://weather.example.com/mcp",
//		TTL: map[string]time.Duration{"forecast": time.Minute},
//	})
//	if err != nil {
//		return err
//	}
//	defer server.Close()
//
//	tools, err := server.Tools(ctx)
//	if err != nil {
//		return err
//	}
//	for _, r := range llm.RunTools(ctx, tools, reply.Message.Calls) {
//		chat = append(chat, r.Message())
//	}
//
// The package's Example runs such a program.
//
// # Contract
//
// Connect reaches a server, which is a program of ours to run or a URL, and Server.Tools are its tools as
// llm.Tools. A tool is offered if it says of itself that it only reads, or if Config.Allow names it.
//
// That a tool only reads is its server's word (readOnlyHint), and a server may err, lie, or change its
// mind. So the hint keeps honest servers from acting by accident, and no more: connect to servers that you
// would let act, give them credentials that can only read, and let effects go through commands and desks.
// What a tool says of itself is looked up again whenever the server says that its tools have changed, and
// after each reconnect. A tool that no longer only reads is no longer called.
//
// One tool whose schema can't be used is not offered, with a warning in the log; the others are. Schemas of
// any version of JSON Schema are read.
//
// A server can ask nothing of us: it gets no roots, no sampling, no elicitation, and of our environment
// only what Config.Env names. What it says (descriptions, texts, errors) is data: quoted, in one line,
// bounded.
//
// A Result carries the time at which it was fetched, in AsOf and in its JSON. Results of tools that only
// read are served again for a stated time (Config.TTL), by their arguments in canonical form, and equal
// calls at the same time share one. Tools that Allow adds are called each time.
//
// When the server goes away, the next call connects again. A call that only reads is then repeated; another
// one is not, because it may have been done.
package mcp
