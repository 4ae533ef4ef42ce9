// Package scenarios plays the scenarios of testvectors/scenarios, with real servers on loopback.
package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"testing"
	"time"
)

type file struct {
	Schema    string          `json:"schema"`
	Kind      string          `json:"kind"`
	Fixtures  json.RawMessage `json:"fixtures"`
	Scenarios []scenario      `json:"scenarios"`
}

type scenario struct {
	ID           string          `json:"id"`
	Title        string          `json:"title"`
	Why          string          `json:"why"`
	Refs         json.RawMessage `json:"refs"`
	Requires     []string        `json:"requires"`
	Settings     map[string]any  `json:"settings"`
	Source       map[string]any  `json:"source"`
	Deployment   string          `json:"deployment"`
	LoopEachCall bool            `json:"loop_each_call"`
	SetupError   string          `json:"setup_error"`
	Steps        []map[string]json.RawMessage
	Guard        *guardOf    `json:"guard"`
	Headers      [][2]string `json:"headers"`
	Answer       *answerOf   `json:"answer"`
}

// scenariosOf runs every scenario of a kind, of the folder in VERIJOT_SCENARIOS or of this repository;
// VERIJOT_SCENARIO names one.
func scenariosOf(t *testing.T, kind string, play func(fixtures json.RawMessage, s scenario) error) {
	folder := os.Getenv("VERIJOT_SCENARIOS")
	if folder == "" {
		folder = "../../../../testvectors/scenarios"
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, path := range paths {
		if filepath.Base(path) == "schema.json" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var read file
		if err := strict(text, &read); err != nil {
			t.Fatal(path, err)
		}
		if read.Schema != "verijot-scenarios-v1" {
			t.Fatalf("%s is no file of scenarios", path)
		}
		if read.Kind != kind {
			continue
		}
		for _, one := range read.Scenarios {
			if only := os.Getenv("VERIJOT_SCENARIO"); only != "" && only != one.ID {
				continue
			}
			ran++
			t.Run(one.ID, func(t *testing.T) {
				t.Parallel()
				if err := play(read.Fixtures, one); err != nil {
					t.Error(err)
				}
			})
		}
	}
	if ran == 0 {
		t.Fatal("no scenarios")
	}
	t.Logf("ran %d", ran)
}

// strict reads JSON. An unknown member fails.
func strict(text []byte, destination any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(destination); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("more than one value")
	}
	return nil
}

// A failure ends a step.
type failure string

func check(isRight bool, format string, values ...any) {
	if !isRight {
		panic(failure(fmt.Sprintf(format, values...)))
	}
}

func must(err error) {
	if err != nil {
		panic(failure(err.Error() + "\n" + string(debug.Stack())))
	}
}

func expect(what string, actual, expected any) {
	check(reflect.DeepEqual(actual, expected), "%s: %v instead of %v", what, actual, expected)
}

// eventually looks again for up to a second.
func eventually(what string, actual func() any, expected any) {
	deadline := time.Now().Add(time.Second)
	for !reflect.DeepEqual(actual(), expected) && time.Now().Before(deadline) {
		time.Sleep(2 * time.Millisecond)
	}
	expect(what, actual(), expected)
}

// step runs one step, and says what is wrong.
func step(run func()) (err error) {
	defer func() {
		if problem, isFailure := recover().(failure); isFailure {
			err = fmt.Errorf("%s", string(problem))
		}
	}()
	begun := time.Now()
	run()
	check(time.Since(begun) < 10*time.Second, "the step takes too long")
	return nil
}

var start = time.Unix(1_800_000_000, 0)

func spanOf(seconds float64) time.Duration {
	if seconds > 9e9 {
		return 1<<63 - 1
	}
	return time.Duration(seconds * 1e9)
}
