package llm

import (
	"fmt"
	"regexp"
	"strings"
)

// thoughtTag begins or ends what a model thinks. Servers should take it out of the text; some do not.
var thoughtTag = regexp.MustCompile(`(?i)<\s*(/?)\s*(?:seed:)?(?:think|thinking|thought|thoughts|reasoning|` +
	`reflection|scratchpad)(?:\s[^<>]*)?>|\[(/?)think\]|◁(/?)think▷`)

// analysis is a thought in the form of gpt-oss.
var analysis = regexp.MustCompile(`(?s)<\|channel\|>\s*analysis\s*<\|message\|>.*?` +
	`(<\|end\|>|<\|start\|>|<\|channel\|>|$)`)

// endToken is what ends a turn in chat templates, at the end of a text.
var endToken = regexp.MustCompile(`(?:\s*(?:<\|(?:im_end|endoftext|eot_id|eom_id|end|return|end_of_text|` +
	`end_of_turn)\|>|</s>|<end_of_turn>|<｜end▁of▁sentence｜>))+\s*$`)

// dropThoughts returns a text without what the model thought, and whether its last thought has no end. A
// thought that only ends began in the prompt.
func dropThoughts(text string) (rest string, unfinished bool) {
	text = endToken.ReplaceAllString(text, "")
	text = analysis.ReplaceAllStringFunc(text, func(thought string) string {
		unfinished = !strings.HasSuffix(thought, "|>")
		if strings.HasSuffix(thought, "<|end|>") {
			return ""
		}
		return thought[max(0, strings.LastIndex(thought, "<|")):]
	})
	if unfinished {
		return "", true
	}

	var b strings.Builder
	at, thinks := 0, false
	for _, m := range thoughtTag.FindAllStringSubmatchIndex(text, -1) {
		isEnd := m[2] < m[3] || m[4] < m[5] || m[6] < m[7]
		switch {
		case isEnd && !thinks:
			b.Reset()
		case !isEnd && !thinks:
			b.WriteString(text[at:m[0]])
		}
		at, thinks = m[1], !isEnd
	}

	if !thinks {
		b.WriteString(text[at:])
	}

	return b.String(), thinks
}

// withoutThoughts is a reply of which only the answer is left, without the marks of a template that mean
// nothing.
func withoutThoughts(reply Reply) Reply {
	text, unfinished := dropThoughts(reply.Message.Text)
	text = token.ReplaceAllStringFunc(text, func(t string) string {
		if mark.MatchString(t) && !strings.Contains(t, "final") {
			return t
		}
		return ""
	})
	if text != reply.Message.Text {
		reply.Message.Text = strings.TrimSpace(text)
	}

	if reply.Overlong && unfinished && reply.Message.Text == "" {
		reply.InThoughts = true
	}
	return reply
}

// cutOff tells why there is no whole answer, or is nil if none was cut off.
func cutOff(reply Reply) error {
	switch {
	case reply.InThoughts:
		return fmt.Errorf("it was cut off after %d tokens, when it was still thinking: let it think less "+
			"(OllamaConfig.Think) or write more (MaxTokens)", reply.TokensOut)
	case reply.Overlong:
		return fmt.Errorf("it was cut off after %d tokens; be brief", reply.TokensOut)
	}
	return nil
}
