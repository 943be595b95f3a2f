package room_test

import "encoding/json"

type gateStatus struct {
	Name      string `json:"name"`
	Reporters int    `json:"reporters"`
}

type status struct {
	Room      string       `json:"room"`
	Revision  int64        `json:"revision"`
	Phase     string       `json:"phase"`
	Mode      string       `json:"mode"`
	Arrived   uint64       `json:"arrived"`
	Admitted  uint64       `json:"admitted"`
	Completed uint64       `json:"completed"`
	Waiting   int          `json:"waiting"`
	Active    int          `json:"active"`
	Limit     int          `json:"limit"`
	Leases    int          `json:"outstanding_leases"`
	Overshoot int          `json:"overshoot_max"`
	Error     float64      `json:"estimate_error_p50_pct"`
	Gates     []gateStatus `json:"gates"`
	History   []struct {
		T       int64 `json:"t"`
		Waiting int   `json:"waiting"`
	} `json:"history"`
}

func (h *house) status() (s status) {
	h.t.Helper()
	text := h.room.Status(h.now)
	h.room.Save(h.store.put)
	if err := json.Unmarshal(text, &s); err != nil {
		h.t.Fatalf("%s: %v", text, err)
	}
	return s
}
