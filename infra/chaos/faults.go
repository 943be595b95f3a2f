package main

// fault is something that goes wrong on purpose, and the tests that make it.
type fault struct {
	name     string
	injected string // what is really done
	pkg      string // below the module
	tests    string // of go test -run
	users    string // what users see, as the tests assert it; what a test reports itself comes before
}

// faults lists every fault the house is tried with, in the order of the table.
var faults = []fault{
	{"origin killed between two steps of a sale", "the process ends at each step, and another goes on", "origin/booking", "TestDyingBetweenAnyTwoSteps",
		"the same request again brings the same order; one payment, two tickets"},
	{"origin killed over a refund or a replacement", "the process ends after the refund was sent, before it was written down", "origin/booking", "TestDyingOverARefund|TestDyingWhileReplacingAnOrder",
		"one refund, one order"},
	{"anything, in any order", "deaths, lost answers, Redis and the provider away, late and repeated webhooks, drawn at random", "origin/booking", "TestAnySequenceKeepsTheBooks",
		"no seat sold twice, no money lost"},
	{"Stripe slow, 500s, 429s, cut connections", "the sandbox delays, fails or drops calls", "origin/payment/stripe", "TestFaultsOfStripe|TestReadingIsTriedAgainAfterA500|TestA500ThatIsKept|TestAnswersThatAreNotStripes",
		"payments are not available just now, try again; the seats stay held"},
	{"Stripe times out with success behind it", "the call takes effect and its answer is lost", "origin/payment/stripe", "TestATimeoutWithSuccessBehindIt", "the repeat finds the same payment"},
	{"the provider's answers are lost", "calls take effect and fail", "origin/booking", "TestLostAnswers", "one payment, however often it is tried"},
	{"Stripe stays down", "every call fails", "origin/payment/breaker", "TestTheBreaker", "told at once instead of waiting"},
	{"webhooks duplicated, reordered, a day late", "delivered twice, the last first, after 24 hours", "origin/booking", "TestWebhooksTwiceReorderedAndADayLate|TestEventsMayComeTwiceAndInAnyOrder", ""},
	{"webhooks lost", "none is delivered", "origin/booking", "TestLostWebhooksAreFound|TestAWebhookThatNeverCame", "paid within half a minute, by the provider's own list"},
	{"a payment after its time", "the money comes when others hold, ordered or bought the seats", "origin/booking", "TestPaymentAfterTheHold|TestSeatsAsGoodAreOffered", "the same seats, or others as good on offer, or the money back"},
	{"Redis killed and emptied in mid-sale", "the server is killed, or its data removed", "origin/hold/holdredis", "TestRedisEmptied|TestRedisRestarted|TestRedisStalls", "holds may be lost, seats sold are not"},
	{"Redis failing over", "a replica that is behind takes over from a primary that is killed under load", "origin/booking", "TestRedisFailingOver", ""},
	{"a paused process resumes past its hold's end", "a process of its own gets SIGSTOP between reading its hold and writing its order, and SIGCONT when another bought the seat", "origin/booking", "TestAProcessStoppedPastItsHold", "the seats were lost: the newer hold has them"},
	{"Redis forgets who holds what", "holds lost while somebody pays", "origin/booking", "TestRedisDownOrEmptied|TestOneOrderHoweverManyHold", "whoever comes second is refused before they pay"},
	{"a paused process resumes with an expired hold", "the hold is read, then time passes", "origin/booking", "TestAPausedBuyerLosesToTheNewerHold", "the seats were lost: the newer hold has them"},
	{"Postgres killed in mid-sale", "every process of the server gets SIGKILL", "origin/booking", "TestPostgresKilledInMidSale", ""},
	{"Postgres stands still", "every process of the server gets SIGSTOP", "origin/api", "TestWithPostgresFrozen", "503 and Retry-After within seconds"},
	{"NATS away", "the server is stopped while sales go on", "origin/bus", "TestEventsWaitWhileNATSIsAway|TestNATSRestartedInTheMiddle|TestConsumerOutlivesNATS", "tickets at once, the e-mail when it is back"},
	{"NATS away for longer than it remembers", "the relay dies between telling and noting it, past the window for duplicates", "origin/bus", "TestRelayKilledBetweenPublishAndMark", "one e-mail"},
	{"the stream is lost", "its data is removed, in part or whole", "origin/bus", "TestStreamLostAndFilledAgain|TestEndOfTheStreamLost", "nothing"},
	{"disk full on the stream", "JetStream may store 64 KB", "origin/bus", "TestDiskFullOnTheStream", "tickets at once, the e-mail when there is room"},
	{"Redis's clock is set back", "its clock goes back while holds are taken", "origin/hold/holdredis", "TestTokensGrowThoughTheClockWasSetBack", "nothing: later holds still win"},
	{"the clock is stepped", "an hour forward or back, and back again", "origin/booking", "TestTheClockIsStepped", ""},
	{"the stream's last file truncated", "the end of the file is cut off after consumers acted on it", "origin/bus", "TestLastFileOfTheStreamTruncated", "nothing"},
	{"a consumer dies between effect and acknowledgement", "its connection is closed after the commit", "origin/bus", "TestConsumerKilledBetweenEffectAndAcknowledgement", "one e-mail"},
	{"poison on the bus", "facts that can't be handled, panics, foreign messages", "origin/bus", "TestFailingEventsAreTriedAgainAndParked|TestForeignMessagesAreParked", "the others go on; a person finds it among the dead letters"},
	{"the listener killed after it answered 202", "SIGKILL of a real process, wherever it is with the work", "origin/cms/intake", "TestTheListenerIsKilled", "the change is public once another goes on"},
	{"content webhooks lost, doubled, late, out of order", "drawn at random, with transactions failing and sweeps between", "origin/cms/intake", "TestWhateverIsLostLateOrDouble|TestTheSweepFindsWhatWasLost", "what the editors' system says, late at worst"},
	{"content in any order", "changes of all kinds, shuffled and repeated", "origin/cms/content", "TestAnyOrderEndsInTheSameTables", ""},
	{"search away for an hour", "the search server is stopped while shows change", "origin/catalogue", "TestCatchingUp|TestThroughTheBus", "search is having a moment; what is on is listed"},
	{"a slow writer and a lost lock", "the index answers late, the connection with the lock is cut", "origin/catalogue", "TestALostLockIsMadeGood|TestASlowWriterIsNotOvertaken", "never an older show over a newer one"},
	{"the index loses shows, or everything", "documents removed, put back or added behind the feed's back; the data folder emptied", "origin/catalogue", "TestAgree|TestThroughTheBus", "found again within minutes, at once when all is lost"},
	{"shows change in any order", "changes told late, twice and in any order while search goes and comes, drawn at random", "origin/catalogue", "TestIncrementalEqualsRebuilt", "in the end what a rebuild would show"},
	{"shows that can't be", "facts of nobody's shows, a document the index refuses", "origin/catalogue", "TestPoison|TestARefusedShowStopsNobody", "the other shows go on"},
	{"a new index interrupted", "SIGKILL in each phase, every request lost once", "origin/reindex", "TestKilledAnywhere", "nothing: the old index answers until the new one is whole"},
	{"a new index loses its connection", "each request is lost once, before and after it arrives", "search/swap", "TestInterruptedAnywhere|TestWritesDuringTheChange|TestRefusedAndUnequalStopIt", "nothing"},
	{"the search server killed or out of disk", "SIGKILL in mid-import, a file system without room, files cut short", "search/local", "TestKilled|TestDiskFull|TestCutShort", "what it acknowledged is there; what does not fit is refused"},
}
