package api

import (
	"net/http"
	"regexp"
	"strconv"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// etag shows a revision.
func etag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }

// entityTag is one of a list, with what divides it from those around it (RFC 9110, 8.8.3 and 5.6.1).
var entityTag = regexp.MustCompile(`^[ \t,]*(W/)?("[!#-~\x80-\x{10FFFF}]*")[ \t]*(?:,|$)`)

// tag is an entity tag. A weak one says that something means the same, not that it is the same.
type tag struct {
	opaque string
	weak   bool
}

// readTags reads the list in If-Match or If-None-Match; ok is false where it is none.
func readTags(list string) (tags []tag, ok bool) {
	for list != "" {
		found := entityTag.FindStringSubmatch(list)
		if found == nil {
			return nil, false
		}
		tags = append(tags, tag{found[2], found[1] != ""})
		list = list[len(found[0]):]
	}
	return tags, tags != nil
}

// onlyIf lets a write through only while the case has one of the revisions in If-Match. An asterisk is no case as
// somebody saw it.
func (c Conditions) onlyIf(w *casebook.Write, required bool) error {
	switch {
	case required && (c.IfMatch == "" || c.IfMatch == "*"):
		return &Problem{
			Status: http.StatusPreconditionRequired, Code: string(fault.Conflict), Field: "If-Match", Detail: "this needs If-Match: what you decide on must not have changed",
			Hint: "read the case, and send its ETag in If-Match",
		}
	case c.IfMatch == "" || c.IfMatch == "*":
		return nil
	}
	tags, ok := readTags(c.IfMatch)
	if !ok {
		return fault.New(fault.Invalid, "no list of ETags").In("If-Match").Do(`send the ETag as it was given, such as "7", with its quotation marks`)
	}
	var seen []int64
	for _, t := range tags {
		revision, err := strconv.ParseInt(t.opaque[1:len(t.opaque)-1], 10, 64)
		if err == nil && !t.weak && etag(revision) == t.opaque && revision > 0 {
			seen = append(seen, revision)
		}
	}
	if seen == nil {
		return fault.New(fault.Conflict, "no case has such an ETag, and weak ones never match").In("If-Match").Because(casebook.ErrStale).Do(`send the ETag as it was given, such as "7"`)
	}
	w.Revision, w.Also = seen[0], seen[1:]
	return nil
}

// holds says whether an ETag is among those in If-None-Match, for which weak ones do as well.
func (c caseRead) holds(etag string) bool {
	if c.IfNoneMatch == "*" {
		return true
	}
	tags, _ := readTags(c.IfNoneMatch)
	for _, t := range tags {
		if t.opaque == etag {
			return true
		}
	}
	return false
}
