// Command fraud has a model judge card payments, before a deadline that runs from the payment itself; what it has not
// judged by then, a rule does.
package main

import (
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

const (
	Payments        topology.Topic[CustomerID, Payment]  = "payments"
	MerchantChanges topology.Topic[MerchantID, Merchant] = "merchant-changes"
	Verdicts        topology.Topic[CustomerID, Verdict]  = "verdicts"
	Spenders        topology.Table[CustomerID, Spender]  = "spenders"
	Merchants       topology.Table[MerchantID, Merchant] = "merchants"
)

func fraud(m llm.Model) *topology.Topology {
	t := topology.New("fraud")
	topology.Fold(Merchants, topology.From(t, MerchantChanges), topology.Latest)

	// Events: the charge keeps the payment's time, from which its deadline runs.
	charges := topology.Join(topology.Events(topology.From(t, Payments)), Spenders, NewCharge)
	charges = topology.Lookup(charges, Merchants, Charge.MerchantID, Charge.WithMerchant)

	judge := llm.Operator[Charge, Verdict]{Model: m,
		Instructions: "Is this card payment fraud? Block it if it is.",
		Prompt:       Charge.Facts, Complete: Charge.Complete, Fallback: Charge.Rule}
	verdicts, _ := topology.Async(charges, "judge", judge,
		topology.Policy[Charge]{InFlight: 64, Deadline: Charge.Deadline, Record: true})
	verdicts.To(Verdicts)
	topology.Fold(Spenders, verdicts, Spender.WithVerdict)

	return t
}

// Events, rows and cases.
type (
	CustomerID string
	MerchantID string
	Payment    struct {
		ID       string     `json:"id"`
		Merchant MerchantID `json:"merchant"`
		Amount   int        `json:"amount"`
		Millis   int        `json:"millis"` // in which the verdict is wanted
	}
	Merchant struct {
		Risk string `json:"risk"`
	}
	Spender struct {
		Judged  int `json:"judged"`
		Blocked int `json:"blocked"`
	}
	Charge struct {
		Payment  topology.Event[CustomerID, Payment]
		Spender  Spender
		Merchant Merchant
	}
	Verdict struct {
		Payment string `json:"payment" jsonschema:"-"` // filled by Complete: the model need not spell it
		Reason  string `json:"reason"`
		Block   bool   `json:"block"`
	}
)

// NewCharge and what follows build what the model is asked.
func NewCharge(e topology.Event[CustomerID, Payment], s Spender) Charge {
	return Charge{Payment: e, Spender: s}
}
func (c Charge) MerchantID() MerchantID         { return c.Payment.Value.Merchant }
func (c Charge) WithMerchant(m Merchant) Charge { c.Merchant = m; return c }
func (c Charge) Complete(v Verdict) Verdict     { v.Payment = c.Payment.Value.ID; return v }
func (c Charge) Facts() string {
	return fmt.Sprintf("%d EUR at a merchant of %s risk. %d of this customer's last %d payments were blocked.",
		c.Payment.Value.Amount, c.Merchant.Risk, c.Spender.Blocked, c.Spender.Judged)
}

// Deadline counts from the payment, so waiting in a queue uses it up, too.
func (c Charge) Deadline() time.Time {
	return c.Payment.Time.Add(time.Duration(c.Payment.Value.Millis) * time.Millisecond)
}

// Rule decides without the model: large amounts are blocked.
func (c Charge) Rule(cause error) (Verdict, error) {
	return c.Complete(Verdict{Reason: "by rule: " + cause.Error(), Block: c.Payment.Value.Amount > 1000}), nil
}

// WithVerdict counts.
func (s Spender) WithVerdict(v Verdict) Spender {
	s.Judged++
	if v.Block {
		s.Blocked++
	}
	return s
}

func main() {
	slipstream.Main(fraud(llm.Ollama("qwen2.5-coder:1.5b")), devkafka.Verb)
}
