// Command vectors runs a folder of test vectors through the package, and prints how many ran, passed, failed
// and were skipped.
package main

import (
	"fmt"
	"os"

	"github.com/verijot/verijot/bindings/go/internal/vectors"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: vectors DIR")
		os.Exit(2)
	}
	report, err := vectors.RunFolder(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, failure := range report.Failures {
		fmt.Println(failure)
	}
	fmt.Println(report)
	if report.Failed > 0 {
		os.Exit(1)
	}
}
