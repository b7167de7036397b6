// Package lookup has the tools that only read: functions over the tables.
//
// Read calls a tool by its name, with arguments as JSON. Live has the tables as they are now, for an operator
// whose policy names Reads. Package rehearse looks into the same tables.
package lookup
