package index

// VersionOf is the version that a passage has in the table.
func VersionOf(p Passage) string { return p.version() }
