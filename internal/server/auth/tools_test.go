package auth_test

import (
	"context"
	"net"

	"bugbar/bars"
	"bugbar/internal/casebook"
)

// dialer connects to the test's server, whatever the name.
func dialer(to string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, to)
	}
}

// report takes in a report without an account.
func (s *site) report() casebook.Receipt {
	s.Helper()
	rules, err := bars.Load(bars.Default)
	if err != nil {
		s.Fatal(err)
	}
	receipt, _, err := s.book.Submit(s.Context(), casebook.Write{}, casebook.Submission{Title: "x", Bar: rules, Findings: []casebook.Finding{{}}})
	if err != nil {
		s.Fatal(err)
	}
	return receipt
}
