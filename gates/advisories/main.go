// Command advisories writes rows in the layout of Trivy's database (schema 2).
//
//	advisories ROWS.json FOLDER
//
// It makes FOLDER/trivy.db and FOLDER/metadata.json. Trivy finds an advisory under
// source bucket / package / vulnerability id, and its severity in the bucket "vulnerability".
// The rows are those of rows.py.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

const schema = 2

type row struct {
	ID         string   `json:"id"`
	Source     string   `json:"source"`     // "pip", or a release as in "debian 13"
	Package    string   `json:"package"`    // for Debian, the source package
	Vulnerable []string `json:"vulnerable"` // for pip: specifiers
	Fixed      string   `json:"fixed"`      // for Debian: the first version without it
	Severity   int      `json:"severity"`   // 1 low, 2 medium, 3 high, 4 critical
	Title      string   `json:"title"`
}

type document struct {
	Recorded time.Time `json:"recorded"`
	Rows     []row     `json:"rows"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: advisories ROWS.json FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "advisories:", err)
		os.Exit(1)
	}
}

func write(path, folder string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var known document
	if err := json.Unmarshal(text, &known); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	file := filepath.Join(folder, "trivy.db")
	if err := os.RemoveAll(file); err != nil {
		return err
	}
	db, err := bolt.Open(file, 0o644, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	err = db.Update(func(tx *bolt.Tx) error {
		for _, each := range known.Rows {
			if err := each.put(tx); err != nil {
				return fmt.Errorf("%s of %s: %w", each.ID, each.Package, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	// The age is the set's, not the build's, and nothing was downloaded.
	metadata, err := json.Marshal(map[string]any{
		"Version": schema, "UpdatedAt": known.Recorded, "NextUpdate": known.Recorded,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "metadata.json"), metadata, 0o644)
}

func (a row) put(tx *bolt.Tx) error {
	var bucket, id, rater, name, url string
	var detail any
	switch {
	case a.Source == "pip":
		id, rater, name = "ghsa", "ghsa", "GitHub Security Advisory Pip"
		bucket = "pip::" + name
		url = "https://github.com/advisories?query=type%3Areviewed+ecosystem%3Apip"
		detail = map[string][]string{"VulnerableVersions": a.Vulnerable}
	case strings.HasPrefix(a.Source, "debian "):
		id, rater, name = "debian", "nvd", "Debian Security Tracker"
		bucket = a.Source
		url = "https://salsa.debian.org/security-tracker-team/security-tracker"
		detail = map[string]string{"FixedVersion": a.Fixed}
	default:
		return fmt.Errorf("unknown source %q", a.Source)
	}
	source := map[string]string{"ID": id, "Name": name, "URL": url}
	if err := put(tx, source, bucket, "data-source"); err != nil {
		return err
	}
	if err := put(tx, detail, a.ID, bucket, a.Package); err != nil {
		return err
	}
	return put(tx, map[string]any{
		"Title": a.Title, "VendorSeverity": map[string]int{rater: a.Severity},
	}, a.ID, "vulnerability")
}

// put stores value as JSON under key in the bucket that the names lead to.
func put(tx *bolt.Tx, value any, key string, names ...string) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	bucket, err := tx.CreateBucketIfNotExists([]byte(names[0]))
	if err != nil {
		return err
	}
	for _, name := range names[1:] {
		if bucket, err = bucket.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	return bucket.Put([]byte(key), text)
}
