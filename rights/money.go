package rights

import (
	"fmt"
	"strings"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// exponents are the decimal places of currencies that do not have two (ISO 4217).
var exponents = map[int]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	3: "BHD IQD JOD KWD LYD OMR TND",
	4: "CLF UYW",
}

// amount is a price as a decimal number of its currency's main unit.
func amount(p copyright.Price) string {
	places := 2
	for n, currencies := range exponents {
		if strings.Contains(currencies, p.Currency) {
			places = n
		}
	}
	digits := fmt.Sprintf("%0*d", places+1, p.Amount)
	if places == 0 {
		return digits
	}
	return digits[:len(digits)-places] + "." + digits[len(digits)-places:]
}
