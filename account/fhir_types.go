package account

// The parts of FHIR R4 (4.0.1) that the account is written in, in the order in
// which the specification lists them.

type fhirBundle struct {
	ResourceType string          `json:"resourceType"`
	Identifier   *fhirIdentifier `json:"identifier"`
	Type         string          `json:"type"`
	Timestamp    string          `json:"timestamp"`
	Entry        []fhirEntry     `json:"entry,omitempty"`
}

type fhirEntry struct {
	FullURL  string         `json:"fullUrl"`
	Resource fhirAuditEvent `json:"resource"`
}

type fhirAuditEvent struct {
	ResourceType   string        `json:"resourceType"`
	Meta           *fhirMeta     `json:"meta,omitempty"`
	Type           fhirCoding    `json:"type"`
	Subtype        []fhirCoding  `json:"subtype,omitempty"`
	Action         string        `json:"action"`
	Period         *fhirPeriod   `json:"period,omitempty"`
	Recorded       string        `json:"recorded"`
	Outcome        string        `json:"outcome"`
	OutcomeDesc    string        `json:"outcomeDesc,omitempty"`
	PurposeOfEvent []fhirConcept `json:"purposeOfEvent,omitempty"`
	Agent          []fhirAgent   `json:"agent"`
	Source         fhirSource    `json:"source"`
	Entity         []fhirEntity  `json:"entity"`
}

type fhirMeta struct {
	Profile []string `json:"profile"`
}

type fhirCoding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

type fhirConcept struct {
	Coding []fhirCoding `json:"coding"`
}

type fhirPeriod struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

type fhirIdentifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

type fhirReference struct {
	Type       string          `json:"type,omitempty"`
	Identifier *fhirIdentifier `json:"identifier"`
	Display    string          `json:"display,omitempty"`
}

type fhirAgent struct {
	Type      fhirConcept   `json:"type"`
	Who       fhirReference `json:"who"`
	Requestor bool          `json:"requestor"`
	Policy    []string      `json:"policy,omitempty"`
	Network   *fhirNetwork  `json:"network,omitempty"`
}

type fhirNetwork struct {
	Address string `json:"address"`
	Type    string `json:"type"`
}

type fhirSource struct {
	Site     string        `json:"site,omitempty"`
	Observer fhirReference `json:"observer"`
	Type     []fhirCoding  `json:"type"`
}

type fhirEntity struct {
	What   fhirReference `json:"what"`
	Type   fhirCoding    `json:"type"`
	Role   *fhirCoding   `json:"role,omitempty"`
	Detail []fhirDetail  `json:"detail,omitempty"`
}

type fhirDetail struct {
	Type        string `json:"type"`
	ValueString string `json:"valueString"`
}
