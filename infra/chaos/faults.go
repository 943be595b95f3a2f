package main

// fault is something that goes wrong on purpose, and the tests that make it go wrong.
type fault struct {
	name  string
	pkg   string // below the module
	tests string // names, by |
}

// faults lists every fault the house is tried with, in the order of the table. Those of infra/chaos/morning befall a whole
// house in mid-sale and end with `stagedoor audit`; the others are the same and further ones in every place where they can
// strike, each in the package that has to bear it.
var faults = []fault{
	{"origin killed in mid-sale", "infra/chaos/morning", "TestTheOriginIsKilled"},
	{"origin killed between every two steps of a sale", "origin/booking", "TestDyingBetweenAnyTwoSteps"},
	{"origin killed over a refund or a replacement", "origin/booking", "TestDyingOverARefund|TestDyingWhileReplacingAnOrder"},
	{"anything, in any order", "origin/booking", "TestAnySequenceKeepsTheBooks"},
	{"Redis killed and emptied in mid-sale", "infra/chaos/morning", "TestRedisIsKilledAndEmptied"},
	{"Redis losing what it knows, restarted, standing still", "origin/hold/holdredis", "TestRedisEmptied|TestRedisRestarted|TestRedisStalls"},
	{"Redis failing over", "origin/booking", "TestRedisFailingOver"},
	{"Redis forgets who holds what", "origin/booking", "TestRedisDownOrEmptied|TestOneOrderHoweverManyHold"},
	{"Postgres killed in mid-sale", "infra/chaos/morning", "TestPostgresIsKilled"},
	{"Postgres killed while sixteen orders are placed", "origin/booking", "TestPostgresKilledInMidSale"},
	{"Postgres stands still", "origin/api", "TestWithPostgresFrozen"},
	{"Postgres's disk full", "infra/chaos/morning", "TestPostgresDiskIsFull"},
	{"NATS away", "infra/chaos/morning", "TestNATSIsAway"},
	{"NATS away, restarted, under relay and consumer", "origin/bus", "TestEventsWaitWhileNATSIsAway|TestNATSRestartedInTheMiddle|TestConsumerOutlivesNATS"},
	{"the relay killed in mid-batch, within and beyond JetStream's memory", "origin/bus", "TestRelayKilledBetweenPublishAndMark"},
	{"the stream's disk full", "infra/chaos/morning", "TestTheStreamsDiskIsFull"},
	{"the stream may store no more", "origin/bus", "TestDiskFullOnTheStream"},
	{"the stream's last file truncated", "infra/chaos/morning", "TestTheStreamLosesItsEnd"},
	{"the stream's last file truncated, after consumers acted on it", "origin/bus", "TestLastFileOfTheStreamTruncated"},
	{"the stream lost", "origin/bus", "TestStreamLostAndFilledAgain|TestEndOfTheStreamLost"},
	{"a consumer dies between effect and acknowledgement", "origin/bus", "TestConsumerKilledBetweenEffectAndAcknowledgement"},
	{"poison on the bus", "origin/bus", "TestFailingEventsAreTriedAgainAndParked|TestForeignMessagesAreParked"},
	{"Stripe unwell in mid-sale", "infra/chaos/morning", "TestStripeIsUnwell"},
	{"Stripe slow, 500s, 429s, cut connections", "origin/payment/stripe", "TestFaultsOfStripe|TestReadingIsTriedAgainAfterA500|TestA500ThatIsKept|TestAnswersThatAreNotStripes"},
	{"Stripe times out with success behind it", "origin/payment/stripe", "TestATimeoutWithSuccessBehindIt"},
	{"the provider's answers are lost", "origin/booking", "TestLostAnswers"},
	{"Stripe stays down", "origin/payment/breaker", "TestTheBreaker"},
	{"webhooks duplicated, reordered, a day late", "origin/booking", "TestWebhooksTwiceReorderedAndADayLate|TestEventsMayComeTwiceAndInAnyOrder"},
	{"webhooks lost", "origin/booking", "TestLostWebhooksAreFound|TestAWebhookThatNeverCame"},
	{"disputes", "origin/booking", "TestDisputesMoveTheBooksAndNoTickets"},
	{"a refund fails after all", "origin/booking", "TestARefundThatFailsIsSeenAndSeenTo"},
	{"a payment after its time", "origin/booking", "TestPaymentAfterTheHold|TestSeatsAsGoodAreOffered"},
	{"the clocks of Postgres and Redis stepped in mid-sale", "infra/chaos/morning", "TestClocksAreStepped"},
	{"the origin's clock stepped", "origin/booking", "TestTheClockIsStepped"},
	{"Redis's clock behind its tokens", "origin/hold/holdredis", "TestTokensGrowThoughTheClockWasSetBack"},
	{"a paused process resumes past its hold's end", "origin/booking", "TestAProcessStoppedPastItsHold|TestAPausedBuyerLosesToTheNewerHold"},
	{"search away in mid-sale", "infra/chaos/morning", "TestSearchIsAway"},
	{"search away for an hour, then catching up", "origin/catalogue", "TestCatchingUp|TestThroughTheBus"},
	{"a slow writer and a lost lock", "origin/catalogue", "TestALostLockIsMadeGood|TestASlowWriterIsNotOvertaken"},
	{"the index loses shows", "origin/catalogue", "TestAgree"},
	{"shows change in any order", "origin/catalogue", "TestIncrementalEqualsRebuilt"},
	{"shows that can't be", "origin/catalogue", "TestPoison|TestARefusedShowStopsNobody"},
	{"the listener killed after it answered 202", "origin/cms/intake", "TestTheListenerIsKilled"},
	{"content webhooks lost, doubled, late, out of order", "origin/cms/intake", "TestWhateverIsLostLateOrDouble|TestTheSweepFindsWhatWasLost"},
	{"content in any order", "origin/cms/content", "TestAnyOrderEndsInTheSameTables"},
	{"a backfill interrupted and resumed", "origin/reindex", "TestKilledAnywhere"},
	{"a new index loses its connection", "search/swap", "TestInterruptedAnywhere|TestWritesDuringTheChange|TestRefusedAndUnequalStopIt"},
	{"the search server killed or out of disk", "search/local", "TestKilled|TestDiskFull|TestCutShort"},
}
