package wire

var brandNames = map[string]string{
	"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover",
	"diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay",
}

// BrandName is a card's brand as people write it.
func BrandName(brand string) string {
	if name, ok := brandNames[brand]; ok {
		return name
	}
	return "Card"
}
