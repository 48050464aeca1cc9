package sample

import "fmt"

// measure is something that is measured, with its LOINC code and the range that
// samples are drawn from, in steps.
type measure struct {
	code, name, unit  string
	low, steps, scale int
}

var measures = []measure{
	{"718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 98, 70, 10},
	{"2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", 70, 110, 1},
	{"2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 60, 90, 100},
	{"2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 32, 25, 10},
	{"8480-6", "Systolic blood pressure", "mm[Hg]", 98, 70, 1},
	{"8310-5", "Body temperature", "Cel", 358, 35, 10},
}

// value returns the n-th value of a person as a decimal. It keeps a zero at the
// end, since 7.0 and 7 are not the same to a laboratory.
func (m measure) value(p person, n int) string {
	v := m.low + draw(m.steps, p.number, m.code, n)
	switch m.scale {
	case 10:
		return fmt.Sprintf("%d.%d", v/10, v%10)
	case 100:
		return fmt.Sprintf("%d.%02d", v/100, v%100)
	}
	return fmt.Sprint(v)
}

// when returns the day of a person's n-th event.
func when(p person, n int) string {
	return fmt.Sprintf("%d-%02d-%02d", 2021+n%4, 1+draw(12, p.number, "month", n), 1+draw(28, p.number, "day", n))
}
