package smoke

import "time"

// What the walk reads of the API's answers (origin/api/openapi.yaml), and no more.

type showView struct {
	Slug         string `json:"slug"`
	Title        string `json:"title"`
	PageURL      string `json:"page_url"`
	Performances []struct {
		ID       string    `json:"id"`
		StartsAt time.Time `json:"starts_at"`
		Status   string    `json:"status"`
	} `json:"performances"`
}

type performanceView struct {
	ID        string `json:"id"`
	PlanURL   string `json:"plan_url"`
	SeatsURL  string `json:"seats_url"`
	EventsURL string `json:"events_url"`
	Currency  string `json:"currency"`
}

type planView struct {
	Sections []struct {
		Rows []struct {
			Seats []struct {
				ID   string `json:"id"`
				Kind string `json:"kind"`
			} `json:"seats"`
		} `json:"rows"`
	} `json:"sections"`
}

type seatsView struct {
	Seq   int64             `json:"seq"`
	Seats map[string]string `json:"seats"`
}

type holdView struct {
	ID        string    `json:"id"`
	Seats     []string  `json:"seats"`
	ExpiresAt time.Time `json:"expires_at"`
	ExpiresIn int       `json:"expires_in"` // whole seconds
}

type ticketView struct {
	ID     string `json:"id"`
	SeatID string `json:"seat_id"`
	State  string `json:"state"`
	Code   string `json:"code"`
}

type orderView struct {
	Number         string       `json:"number"`
	State          string       `json:"state"`
	Currency       string       `json:"currency"`
	Total          int64        `json:"total"`
	Tickets        []ticketView `json:"tickets"`
	PaymentDecline string       `json:"payment_decline"`
}

type placedView struct {
	Order          orderView `json:"order"`
	ClientSecret   string    `json:"client_secret"`
	PublishableKey string    `json:"publishable_key"`
	PaymentScript  string    `json:"payment_script"`
	AccessKey      string    `json:"access_key"`
	OrderURL       string    `json:"order_url"`
}
