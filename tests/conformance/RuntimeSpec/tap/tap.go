// Package tap writes the Test Anything Protocol, version 13, on stdout.
//
// It stands in for github.com/mndrix/tap-go, which the OCI validation suite imports and Debian does not package, and
// offers what the suite calls, no more. The reader is TapReport.cs.
package tap

import (
	"encoding/json"
	"fmt"
	"strings"
)

// T is one report.
type T struct {
	ran       *int
	directive string
}

// New begins a report.
func New() *T {
	return &T{ran: new(int)}
}

// Todo gives the same report for tests that may fail, because what they try is not there yet.
func (t *T) Todo() *T {
	return &T{ran: t.ran, directive: "# TODO"}
}

// Header writes the version, and the plan if the number of tests is known.
func (t *T) Header(planned int) {
	fmt.Println("TAP version 13")
	if planned > 0 {
		fmt.Printf("1..%d\n", planned)
	}
}

// AutoPlan writes the plan when all tests have run.
func (t *T) AutoPlan() {
	fmt.Printf("1..%d\n", *t.ran)
}

// Ok writes one test's result.
func (t *T) Ok(passed bool, description string) {
	result := "ok"
	if !passed {
		result = "not ok"
	}
	t.write(result, t.directive, description)
}

// Pass writes that a test passed.
func (t *T) Pass(description string) {
	t.Ok(true, description)
}

// Fail writes that a test failed.
func (t *T) Fail(description string) {
	t.Ok(false, description)
}

// Skip writes that tests were skipped, and why.
func (t *T) Skip(count int, reason string) {
	for i := 0; i < count; i++ {
		t.write("ok", "# SKIP", reason)
	}
}

// Diagnostic writes a remark.
func (t *T) Diagnostic(message string) {
	for _, line := range strings.Split(message, "\n") {
		fmt.Println("# " + line)
	}
}

// Diagnosticf writes a remark.
func (t *T) Diagnosticf(format string, arguments ...interface{}) {
	t.Diagnostic(fmt.Sprintf(format, arguments...))
}

// YAML writes a structured remark on the last result. It is written as JSON, which every YAML reader understands.
func (t *T) YAML(message interface{}) error {
	text, err := json.MarshalIndent(message, "  ", "  ")
	if err != nil {
		return err
	}
	fmt.Printf("  ---\n  %s\n  ...\n", text)
	return nil
}

func (t *T) write(result, directive, description string) {
	if directive == "" {
		directive = "-"
	}
	*t.ran++
	fmt.Printf("%s %d %s %s\n", result, *t.ran, directive, strings.ReplaceAll(description, "\n", " "))
}
