package fhir

import "github.com/dmdl-network/dmdl/x/records"

// classes holds the types of FHIR R4 and R5 that are about a patient.
var classes = func() map[string]records.RecordClass {
	table := make(map[string]records.RecordClass)
	for class, kinds := range map[records.RecordClass][]string{
		records.RECORD_CLASS_DOCUMENT: {
			"AdverseEvent", "AllergyIntolerance", "Basic", "Binary", "Bundle", "ClinicalImpression", "Communication",
			"CommunicationRequest", "Composition", "Condition", "Consent", "DetectedIssue", "DocumentManifest",
			"DocumentReference", "FamilyMemberHistory", "Flag", "GuidanceResponse", "List", "QuestionnaireResponse",
			"RiskAssessment",
		},
		records.RECORD_CLASS_RESULT: {
			"BodyStructure", "DiagnosticReport", "Observation", "Specimen",
		},
		records.RECORD_CLASS_IMAGING: {
			"ImagingSelection", "ImagingStudy", "Media",
		},
		records.RECORD_CLASS_GENOMICS: {
			"GenomicStudy", "MolecularSequence",
		},
		records.RECORD_CLASS_THERAPY: {
			"CarePlan", "CareTeam", "DeviceDispense", "DeviceRequest", "DeviceUsage", "DeviceUseStatement", "Goal",
			"Immunization", "ImmunizationEvaluation", "ImmunizationRecommendation", "MedicationAdministration",
			"MedicationDispense", "MedicationRequest", "MedicationStatement", "NutritionIntake", "NutritionOrder",
			"Procedure", "RequestGroup", "RequestOrchestration", "ServiceRequest", "SupplyDelivery", "SupplyRequest",
			"VisionPrescription",
		},
		records.RECORD_CLASS_ADMINISTRATIVE: {
			"Account", "Appointment", "AppointmentResponse", "AuditEvent", "ChargeItem", "Claim", "ClaimResponse",
			"Coverage", "CoverageEligibilityRequest", "CoverageEligibilityResponse", "Encounter", "EncounterHistory",
			"EnrollmentRequest", "EpisodeOfCare", "ExplanationOfBenefit", "Invoice", "Patient", "Person", "Provenance",
			"RelatedPerson", "ResearchSubject", "Task",
		},
	} {
		for _, kind := range kinds {
			table[kind] = class
		}
	}
	return table
}()
