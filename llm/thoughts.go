package llm

import (
	"fmt"
	"regexp"
	"strings"
)

// thoughtTag begins or ends what a model thinks. Servers should take it out of the text; some do not.
var thoughtTag = regexp.MustCompile(`(?i)<\s*/?\s*(?:[a-z]+[:_])?(?:think|thinking|antthinking|thoughts?|` +
	`reasoning|reflection|scratchpad|analysis|inner_?monologue|internal_?monologue|chain_of_thought)` +
	`(?:\s[^<>]*)?>|\[/?think\]|◁/?think▷|` +
	`<\|/?(?:(?:start|end|begin_of|end_of)_)?(?:think|thinking|thought)\|>|<\|inner_(?:prefix|suffix)\|>|` +
	`<\|channel>\s*thought|<channel\|>|<unused9[45]>`)

// thoughtEnd is a thoughtTag that ends a thought.
var thoughtEnd = regexp.MustCompile(`(?i)^[<\[◁\s|]*(?:/|end_|inner_suffix|channel\|>|unused95)`)

// bareAnalysis is a thought of gpt-oss behind a server that has dropped the marks, but not their words.
var bareAnalysis = regexp.MustCompile(`(?s)^\s*analysis.*?assistant(?:final|(commentary))`)

// reactThought is a thought as the prompts of ReAct ask for it, before an action or the answer.
var reactThought = regexp.MustCompile(`(?is)^\s*thought\s*:.*?\n\s*(?:final answer\s*:|(action\s*:))`)

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
	text = dropWordedThoughts(text)
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
	for _, m := range thoughtTag.FindAllStringIndex(text, -1) {
		isEnd := thoughtEnd.MatchString(text[m[0]:m[1]])
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

	return unwrapped(b.String()), thinks
}

// maxNested is how many thoughts, or tags, are taken off the beginning of a text.
const maxNested = 16

// dropWordedThoughts drops thoughts at the beginning that only words mark.
func dropWordedThoughts(text string) string {
	for range maxNested {
		rest := reactThought.ReplaceAllString(bareAnalysis.ReplaceAllString(text, "$1"), "$1")
		if rest == text {
			break
		}
		text = rest
	}
	return text
}

// withoutThoughts is a reply of which only the answer is left, without the marks of a template that mean
// nothing.
//
// What was around a mark may be one itself once that is gone.
func withoutThoughts(reply Reply) Reply {
	text, unfinished := reply.Message.Text, false
	for range maxNested {
		before := text

		rest, endless := dropThoughts(text)
		text = token.ReplaceAllStringFunc(rest, func(t string) string {
			if mark.MatchString(t) && !strings.Contains(t, "final") {
				return t
			}
			return ""
		})
		unfinished = unfinished || endless
		if text == before {
			break
		}
	}

	if text != reply.Message.Text {
		reply.Message.Text = strings.TrimSpace(text)
	}

	if reply.Overlong && unfinished && reply.Message.Text == "" {
		reply.InThoughts = true
	}
	return reply
}

// answerTag begins a text of models that mark their answer, too.
var answerTag = regexp.MustCompile(`(?i)^\s*<(answer|response|final_answer|final)>`)

// unwrapped is a text without the tags around all of it.
func unwrapped(text string) string {
	for range maxNested {
		m := answerTag.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}

		inner, after, _ := strings.Cut(text[m[1]:], "</"+text[m[2]:m[3]]+">")
		if strings.TrimSpace(after) != "" {
			break
		}
		text = inner
	}
	return text
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
