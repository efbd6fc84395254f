/* Figures of an allocation profile: bytes, or microseconds. */
#include "document/sites.h"

struct doc_span sites_amount(const struct sites *s, uint64_t value)
{
	return s->unit == SITES_TIME ? DOC_N(value) : DOC_BYTES(value);
}

struct doc_span sites_share(const struct sites *s, uint64_t value) { return doc_share(value, s->nodes[0].total.bytes); }

const char *sites_head(const struct sites *s, const char *of_bytes, const char *of_time)
{
	return s->unit == SITES_TIME ? of_time : of_bytes;
}
