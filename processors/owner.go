package processors

import (
	"slices"

	"github.com/IBM/sarama"
)

// ownerOf asks the group's coordinator for the address of the worker that owns a partition of a stage: each member has
// told its own on joining. Empty: nobody owns it now, or its owner answers no queries.
func (w *Worker) ownerOf(s *runner, part int32) string {
	admin, err := sarama.NewClusterAdminFromClient(w.client_)
	if err != nil {
		return ""
	}
	groups, err := admin.DescribeConsumerGroups([]string{s.group})
	if err != nil || len(groups) == 0 {
		return ""
	}
	for _, m := range groups[0].Members {
		claims, err := m.GetMemberAssignment()
		if err != nil || claims == nil || !slices.Contains(claims.Topics[s.stage.Inputs[0]], part) {
			continue
		}
		if meta, err := m.GetMemberMetadata(); err == nil && meta != nil {
			if owner := string(meta.UserData); owner != w.address { // we were, and the group has not been told yet
				return owner
			}
		}
	}
	return ""
}
