package chain

// How Exchange.Random is shared out.

// RandomTraceID is 16 bytes for a trace ID.
func (x *Exchange) RandomTraceID() []byte { return x.Random[0:16] }

// RandomSpanID is 8 bytes for the edge's span.
func (x *Exchange) RandomSpanID() []byte { return x.Random[16:24] }

// RandomRequestID is 16 bytes for a request ID.
func (x *Exchange) RandomRequestID() []byte { return x.Random[24:40] }

// RandomNonce is 16 bytes for a CSP nonce.
func (x *Exchange) RandomNonce() []byte { return x.Random[40:56] }

// RandomTie is 8 bytes for the order within an arrival bucket of a waiting room.
func (x *Exchange) RandomTie() []byte { return x.Random[64:72] }

// RandomPlaceID is 16 bytes for the ID of a place in a waiting room.
func (x *Exchange) RandomPlaceID() []byte { return x.Random[72:88] }

// Jitter returns a number in [0, n), uniform enough to spread retries.
func (x *Exchange) Jitter(n int) int {
	if n <= 0 {
		return 0
	}
	r := uint32(x.Random[56]) | uint32(x.Random[57])<<8 | uint32(x.Random[58])<<16 | uint32(x.Random[59])<<24
	return int(uint64(r) * uint64(n) >> 32)
}

// reporterID is a number that no other isolate has, made of all of it (FNV-1a,
// 64 bits).
func (x *Exchange) reporterID() uint64 {
	h := uint64(14695981039346656037)
	for _, b := range x.Random {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return max(h, 1)
}
