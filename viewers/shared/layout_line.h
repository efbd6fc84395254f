/* One line of the layout table, as every view of it needs it: of a span, or of a gap. */
#pragma once

#include "memprof/layout/layout.h"

struct layout_line {
	const struct layout_span *span; /* NULL: a gap */
	uint32_t depth;
	uint64_t start, last, size_bytes, used_bytes, free_bytes;
	const char *name; /* of what has none: its kind. Untrusted */
	const char *kind; /* "gap" */
};

static inline struct layout_line layout_line_at(const struct layout *l, size_t i_row)
{
	const struct layout_row *row = &l->rows[i_row];

	if (row->span == LAYOUT_NONE) {
		const struct layout_gap *gap = &l->gaps[row->gap];
		return (struct layout_line){ NULL,
					     row->depth,
					     gap->start,
					     gap->start + (gap->size_bytes - 1),
					     gap->size_bytes,
					     NOT_KNOWN,
					     NOT_KNOWN,
					     "gap",
					     "gap" };
	}
	const struct layout_span *span = &l->spans[row->span];
	const char *kind = span_kind_name(span->kind);
	return (struct layout_line){ span,
				     row->depth,
				     span->start,
				     layout_last(span),
				     span->size_bytes,
				     span->used_bytes,
				     span->free_bytes,
				     *span->name ? span->name : kind,
				     kind };
}

/* Used of size in percent, rounded; 0 if nothing tells. */
static inline unsigned layout_percent(const struct layout_line *line)
{
	return line->used_bytes == NOT_KNOWN ?
		       0 :
		       (unsigned)((double)line->used_bytes * 100 / (double)line->size_bytes + 0.5);
}

/* Who says what, by numbers from 1 in the order in which they are met. */
enum { LAYOUT_SOURCES_MAX = 99 };

struct layout_sources {
	const char *texts[LAYOUT_SOURCES_MAX];
	size_t n_bytes[LAYOUT_SOURCES_MAX], n_texts;
};

struct strbuf;
/* "1:4 2": the numbers of those who say a span, with the line of the input where one is told. NULL (a gap): nothing. */
void layout_source_words(struct strbuf *out, struct layout_sources *s, const struct layout_span *span);

/* The board, or else the inputs without their folders. Untrusted. */
void layout_title(struct strbuf *out, const struct layout *l);

/* What stands where conflicts would; and behind those that there are, where not all could be read. */
const char *layout_no_conflicts(const struct layout *l);
#define LAYOUT_INCOMPLETE "Not all inputs could be read: there may be more."

/* The sentence, and where. Untrusted. */
void layout_conflict_words(struct strbuf *out, const struct layout_conflict *conflict);

/* What the addresses of a space are: "offsets into the flash". */
const char *layout_space_says(const char *space);
