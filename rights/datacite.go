package rights

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ErrDescription says that a description of a work is not one.
var ErrDescription = errors.New("not a description (DataCite 4 as JSON)")

// described are the properties that DataCite 4 wants of every description. Publisher is
// a name, or since 4.5 an object with one.
type described struct {
	DOI         string `json:"doi"`
	Identifiers []struct {
		Identifier     string `json:"identifier"`
		IdentifierType string `json:"identifierType"`
	} `json:"identifiers"`
	Creators []struct {
		Name string `json:"name"`
	} `json:"creators"`
	Titles []struct {
		Title string `json:"title"`
	} `json:"titles"`
	Publisher       json.RawMessage `json:"publisher"`
	PublicationYear json.RawMessage `json:"publicationYear"`
	Types           struct {
		ResourceTypeGeneral string `json:"resourceTypeGeneral"`
	} `json:"types"`
}

// year is a year as text or as a number.
var year = regexp.MustCompile(`^(\d{4}|"\d{4}")$`)

// CheckDescription fails with ErrDescription, and all that is missing with its mend,
// unless a text has the mandatory properties of DataCite 4. A work need not have an
// identifier: an empty list says that it has none. Nothing else is looked at.
func CheckDescription(text []byte) error {
	var d described
	if err := json.Unmarshal(text, &d); err != nil {
		return fmt.Errorf("%w: %w", ErrDescription, err)
	}
	var missing []string
	for _, p := range []struct {
		there bool
		mend  string
	}{
		{d.identified(), `"identifiers": [{"identifier": "10.1234/abc", "identifierType": "DOI"}], or [] if it has none`},
		{d.created(), `"creators": [{"name": "Douglas Hospital"}]`},
		{d.titled(), `"titles": [{"title": "Chest radiographs 2020 to 2025"}]`},
		{d.published(), `"publisher": {"name": "Douglas Hospital"}`},
		{year.Match(d.PublicationYear), `"publicationYear": "2026"`},
		{d.Types.ResourceTypeGeneral != "", `"types": {"resourceTypeGeneral": "Dataset"}`},
	} {
		if !p.there {
			missing = append(missing, p.mend)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: add what is missing or empty, such as %s", ErrDescription, strings.Join(missing, ", "))
	}
	return nil
}

func (d described) identified() bool {
	for _, i := range d.Identifiers {
		if i.Identifier == "" || i.IdentifierType == "" {
			return false
		}
	}
	return d.Identifiers != nil || d.DOI != ""
}

func (d described) created() bool {
	for _, c := range d.Creators {
		if c.Name == "" {
			return false
		}
	}
	return len(d.Creators) > 0
}

func (d described) titled() bool {
	for _, t := range d.Titles {
		if t.Title == "" {
			return false
		}
	}
	return len(d.Titles) > 0
}

func (d described) published() bool {
	var name string
	var named struct {
		Name string `json:"name"`
	}
	return json.Unmarshal(d.Publisher, &name) == nil && name != "" || json.Unmarshal(d.Publisher, &named) == nil && named.Name != ""
}
