// The measure benchmark runs one task of the comparison with package measure, from files to numbers,
// and prints the seconds of the function that the task is about, which the bugbar command does not:
//
//	measure TASK DIR
//
// Run run.py, which makes the data, times bugbar and compare.py side by side, and prints a table.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"bugbar/internal/evidence"
	"bugbar/measure"
)

var tasks = map[string]func(dir string) (*measure.Scores, error){
	"lira":      func(dir string) (*measure.Scores, error) { return lira(dir, measure.Shadows.Attack) },
	"lira-all":  func(dir string) (*measure.Scores, error) { return lira(dir, allModels) },
	"roc":       func(dir string) (*measure.Scores, error) { return pair(dir, "ten-million") },
	"bootstrap": bootstrap,
	"rmia":      rmia,
}

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	if len(args) != 2 || tasks[args[0]] == nil {
		return errors.New("usage: measure lira|lira-all|roc|bootstrap|rmia DIR")
	}
	scores, err := tasks[args[0]](args[1])
	if err != nil {
		return err
	}
	start := time.Now()
	result, err := measure.Membership(scores, measure.MembershipOptions{})
	if err != nil {
		return err
	}
	if args[0] == "roc" {
		inner(start)
	}
	for _, id := range []string{"auc", "tpr@0.01", "tpr@0.001", "tpr@0.0001"} {
		m := result.Metrics[id]
		fmt.Printf("%s %.6f [%.6f, %.6f]\n", id, m.Value, m.Lo, m.Hi)
	}
	return nil
}

type attack func(s measure.Shadows, target int, o measure.LiRAOptions) (*measure.Scores, error)

func allModels(s measure.Shadows, _ int, o measure.LiRAOptions) (*measure.Scores, error) {
	return s.AttackAll(o)
}

func lira(dir string, attack attack) (*measure.Scores, error) {
	shadows, err := evidence.ReadShadows(filepath.Join(dir, "lira.npz"))
	if err != nil {
		return nil, err
	}
	start := time.Now()
	scores, err := attack(shadows.Shadows, shadows.Target, measure.LiRAOptions{})
	inner(start)
	return scores, err
}

func pair(dir, name string) (*measure.Scores, error) {
	return evidence.ReadScorePair(filepath.Join(dir, name+"-scores.npy"), filepath.Join(dir, name+"-members.npy"), false)
}

func bootstrap(dir string) (*measure.Scores, error) {
	scores, err := pair(dir, "hundred-thousand")
	if err != nil {
		return nil, err
	}
	start := time.Now()
	roc, err := scores.ROC()
	if err != nil {
		return nil, err
	}
	interval := roc.IdealBootstrap(0.001, measure.Level)
	inner(start)
	fmt.Printf("tpr@0.001 %.6f [%.6f, %.6f]\n", roc.AtFPR(0.001).TPR(), interval.Lo, interval.Hi)
	return scores, nil
}

func rmia(dir string) (*measure.Scores, error) {
	attack, err := evidence.ReadRMIA(filepath.Join(dir, "rmia.npz"))
	if err != nil {
		return nil, err
	}
	attack.A, attack.Gamma = 0.3, 2
	start := time.Now()
	scores, err := attack.Scores()
	inner(start)
	return scores, err
}

// inner prints the seconds of the function that a task is about, for run.py.
func inner(start time.Time) { fmt.Printf("inner: %.6f\n", time.Since(start).Seconds()) }
