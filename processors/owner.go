package processors

import (
	"slices"

	"github.com/IBM/sarama"
)

// ownerOf asks the group's coordinator for the address of the worker that owns a partition of a stage. Each
// member has told its own address on joining. It returns "" if no worker owns the partition now, or if its
// owner answers no queries.
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
			if owner := string(meta.UserData); owner != w.address { // or else it was ours, and the group does not know yet
				return owner
			}
		}
	}

	return ""
}
