// Package event holds the schemas of the facts on the bus: one Protobuf message for each, in folder proto, with the
// subjects that carry it. On the wire a fact is that message as JSON with the names of the schema, so that a person can
// read the outbox and a consumer in another language needs no more than the schema.
//
// A schema only ever grows: its test holds it with `buf breaking` against proto/published.binpb, which is what was
// agreed before. After a change that adds something, publish it:
//
//	node_modules/.bin/buf build origin/bus/event/proto -o origin/bus/event/proto/published.binpb
//
// What readers of today could not read needs another message and a subject of the next version.
package event

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/stagedoor/stagedoor/origin/bus/event/eventpb"
)

// ErrUnknownSubject says that no schema names the subject.
var ErrUnknownSubject = errors.New("event: no schema names this subject")

// Check reports how a payload differs from the schema of its subject; nil when it does not. A field that the schema
// does not know is a difference: whoever tells facts must not tell more than was agreed. (Who reads them must bear it:
// an older process may read what a newer one told.)
func Check(subject string, payload []byte) error {
	message, ok := bySubject()[subject]
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnknownSubject, subject)
	}
	if err := protojson.Unmarshal(payload, dynamicpb.NewMessage(message)); err != nil {
		return fmt.Errorf("event: %s is no %s: %w", subject, message.Name(), err)
	}
	return nil
}

// Subjects lists every subject that has a schema, in alphabetical order.
func Subjects() []string {
	var subjects []string
	for subject := range bySubject() {
		subjects = append(subjects, subject)
	}
	slices.Sort(subjects)
	return subjects
}

// bySubject reads the messages' options once.
var bySubject = sync.OnceValue(func() map[string]protoreflect.MessageDescriptor {
	found := map[string]protoreflect.MessageDescriptor{}
	for _, file := range []protoreflect.FileDescriptor{
		eventpb.File_stagedoor_event_v1_booking_proto, eventpb.File_stagedoor_event_v1_content_proto,
	} {
		for i := range file.Messages().Len() {
			message := file.Messages().Get(i)
			for _, subject := range carriers(message.Options()) {
				found[subject] = message
			}
		}
	}
	return found
})

// carriers are the subjects in a message's options.
func carriers(options proto.Message) []string {
	named, ok := options.(*descriptorpb.MessageOptions)
	if !ok || named == nil {
		return nil
	}
	return proto.GetExtension(named, eventpb.E_Subjects).([]string)
}
