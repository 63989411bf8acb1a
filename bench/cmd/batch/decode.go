//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"os"
)

// facts is a line of a batch as encoding/json reads it: an answer is a string or a list.
type facts struct {
	ID                      string `json:"id"`
	Type                    any    `json:"type"`
	Impact                  any    `json:"impact"`
	Interaction             any    `json:"interaction"`
	DataClassification      any    `json:"data_classification"`
	AttackConfidence        any    `json:"attack_confidence"`
	ContentCategory         any    `json:"content_category"`
	InformationAvailability any    `json:"information_availability"`
	ServiceStage            any    `json:"service_stage"`
}

// decode reads a file line by line and does nothing with what it reads.
func decode(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(bufio.NewReaderSize(in, 1<<18))
	for lines.Scan() {
		var f facts
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			return err
		}
	}
	return lines.Err()
}
